// The part of the Share sheet that makes a lesson: its questions, what is right, and which controls are open.
import { h } from '../dom.ts';
import { fill } from '../i18n.ts';
import { copy } from '../parts/figures.ts';
import { encodeSettings, type Settings } from '../settings.ts';
import { pageAddress } from '../share/links.ts';
import { button, part, type Section } from '../share/sheet.ts';
import { inWordsOf } from './fields.ts';
import { type Question, questionsOf } from './questions.ts';
import { LESSON_WORDS } from './text.ts';

/** Controls that a question may open. */
const CONTROLS: readonly (keyof Settings & string)[] = [
  ...(['gain', 'activation', 'depth', 'width', 'batchNorm', 'shortcuts', 'scheme', 'optimizer', 'learningRate', 'batch', 'clip', 'dropout'] as const),
];

/** Questions of the lesson in the making, and the controls that the first begins with. */
const kept: Question[] = [];

/** The address of a lesson: the first question's controls are the address's own. */
export function lessonAddress(questions: readonly Question[], language: string): string {
  const [first, ...rest] = questions;
  const { settings, ...own } = first!;
  const parameters = new URLSearchParams(settings);
  if (language === 'zh') parameters.set('language', 'zh');
  parameters.set('lesson', JSON.stringify([own, ...rest]));
  return `${pageAddress()}#${parameters}`;
}

/** The section. */
export function lessonSection({ app, say }: Section): HTMLElement {
  const { language, settings } = app.store.state;
  const w = LESSON_WORDS[language];
  const question = h('input', { value: kept.length ? '' : w.default_question });
  const hint = h('input');
  const from = h('input', { inputmode: 'decimal', value: '0.33' });
  const to = h('input', { inputmode: 'decimal', value: '3' });
  const ask = h('input', { name: 'ask' });
  const answers = h('textarea', { rows: 3, name: 'answers' });
  const boxes = CONTROLS.map((name) => h('input', { type: 'checkbox', value: name, checked: name === 'gain' }));

  /** What the fields say; null, with a word, where that is no question. */
  function read(): Question | null {
    const words = inWordsOf(ask.value, answers.value);
    if (words === undefined) {
      say(w.wrong_answers);
      return null;
    }
    const aims = !words || [from, to].some(({ value }) => value.trim() !== '');
    const number = ({ value }: HTMLInputElement): number => Number(value.replace(',', '.'));
    const given: Question = {
      question: question.value.trim(),
      ...(hint.value.trim() ? { hint: hint.value.trim() } : {}),
      ...(aims ? { from: number(from), to: number(to) } : {}),
      ...(words ? { words } : {}),
      open: boxes.filter((box) => box.checked).map((box) => box.value as keyof Settings),
      settings: encodeSettings(settings),
    };
    const fine = questionsOf(JSON.stringify([given]));
    if (!fine) say(w.wrong);
    return fine && fine[0]!;
  }

  const address = (): void => {
    // Of a lesson whose last question is kept already, the empty field is none.
    const last = question.value.trim() === '' && kept.length > 0 ? [] : [read()];
    if (last.includes(null)) return;
    const all = [...kept, ...(last as Question[])];
    const n = all.length === 1 ? w.question_count_one : fill(w.question_count, { n: all.length });
    void copy(lessonAddress(all, language)).then(() => say(fill(w.copied, { n })));
  };
  const add = (): void => {
    const given = read();
    if (!given) return;
    kept.push(given);
    question.value = hint.value = ask.value = answers.value = '';
    say(w.added);
  };
  return part(
    w.lesson,
    h('label', {}, w.question, question),
    h('div', { class: 'two' }, h('label', {}, w.from, from), h('label', {}, w.to, to)),
    h('label', {}, w.in_words, ask),
    h('label', {}, w.answers_field, answers),
    h('p', { class: 'remark' }, w.answers_help),
    h('label', {}, w.hint_field, hint),
    h('fieldset', {}, h('legend', {}, w.open), ...CONTROLS.map((name, i) => h('label', {}, boxes[i]!, app.t(`set_${name}` as 'set_gain')))),
    h('div', { class: 'bs' }, button(w.copy_address, address, { 'data-act': 'copy-lesson' }), button(w.add, add)),
  );
}
