// The answer in words, where the findings are outside a lesson: choices or a short answer, judged here, and the button that hands all answers in.
import { h } from '../dom.ts';
import { copy } from '../parts/figures.ts';
import { type Answer, isAnswered, judge } from './answers.ts';
import { type InWords, MOST } from './questions.ts';
import type { LessonWords } from './text.ts';

export interface InWordsPanel {
  element: HTMLElement;
  /** Asks a question anew; `given` is what was answered before. */
  ask(words: InWords, question: string, w: LessonWords, given: Answer['words']): void;
}

/** The panel. `answered` hears what is written, `judged` what the page says of it, and `address` makes the address that hands it in. */
export function inWordsPanel(answered: (words: Answer['words']) => void, judged: (right: boolean) => void, address: () => string): InWordsPanel {
  const element = h('section', { class: 'answer', id: 'answer' });

  function ask(words: InWords, question: string, w: LessonWords, given: Answer['words']): void {
    const { choices, right } = words;
    const title = words.ask ?? question;
    const says = h('p', { role: 'status' });
    const sheet = h('div');
    let answer = given;
    const take = (next: Answer['words']): void => {
      answer = next;
      // A verdict is of what it was said of, and so is the address.
      says.replaceChildren();
      sheet.replaceChildren();
      answered(answer);
    };
    const say = (kind: string, text: string): void => says.replaceChildren(h('span', { class: kind }, text));
    const check = (): void => {
      const fine = judge(words, answer);
      if (fine === null) say('', w.answer_first);
      else say(fine ? 'ok' : 'bad', fine ? w.right_words : w.wrong_words);
      if (fine !== null) judged(fine);
    };
    const handIn = (): void => {
      if (!isAnswered(answer)) {
        say('', w.answer_first);
        return;
      }
      const field = h('input', { readonly: true, 'aria-label': w.handed_address });
      field.value = address();
      field.addEventListener('focus', () => field.select());
      sheet.replaceChildren(field);
      void copy(field.value, field).then(() => say('', w.handed_copied));
    };
    element.replaceChildren(
      h(
        'form',
        {
          onsubmit(event) {
            event.preventDefault();
            if (right === undefined) handIn();
            else check();
          },
        },
        choices
          ? h(
              'fieldset',
              {},
              h('legend', {}, title),
              ...choices.map((choice, i) =>
                h('label', {}, h('input', { type: 'radio', name: 'answer', value: i, checked: given === i, onchange: () => take(i) }), choice),
              ),
            )
          : h('label', { class: 'written' }, title, fieldOf(right === undefined, String(given ?? ''), take)),
        h(
          'div',
          { class: 'bs' },
          ...(right === undefined ? [] : [h('button', { class: 'small', 'data-act': 'check-answer' }, w.check)]),
          h('button', { class: 'small', type: 'button', 'data-act': 'hand-in', onclick: handIn }, w.hand_in),
          says,
        ),
        sheet,
      ),
    );
  }
  return { element, ask };
}

/** A line for what is judged, a page for what a teacher reads. */
function fieldOf(long: boolean, value: string, take: (text: string) => void): HTMLElement {
  const field = long ? h('textarea', { rows: 3, maxlength: MOST.answer }) : h('input', { maxlength: MOST.letters, autocomplete: 'off', spellcheck: 'false' });
  field.value = value;
  field.addEventListener('input', () => take(field.value));
  return field;
}
