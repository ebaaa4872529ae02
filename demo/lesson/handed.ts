// What a teacher sees of answers that were handed in: every question with its answer and what the page makes of it, in the place of the findings.
import { h } from '../dom.ts';
import { type Answer, isAnswered, judge } from './answers.ts';
import type { Question } from './questions.ts';
import type { LessonWords } from './text.ts';

/** What was measured of a network that was handed in, in words; null before. */
export interface Measured {
  right: boolean;
  words: string;
}

/** One line: the mark of a verdict and its words. */
const verdict = (right: boolean | null, words: string): HTMLElement => h('p', { class: right === null ? null : right ? 'ok' : 'bad' }, words);

/** What is said of one answer: of the network first, then of the words. */
function lines({ from, words }: Question, answer: Answer, measured: Measured | null, w: LessonWords): HTMLElement[] {
  const given = answer.words;
  const fine = words ? judge(words, given) : null;
  const written = typeof given === 'number' ? words?.choices?.[given] : given;
  return [
    ...(from === undefined ? [] : [measured ? verdict(measured.right, measured.words) : verdict(null, w.not_measured)]),
    ...(words
      ? isAnswered(given)
        ? [h('blockquote', {}, written ?? ''), verdict(fine, fine === null ? w.yours_to_judge : fine ? w.right_words : w.not_right)]
        : [verdict(null, w.no_answer)]
      : []),
  ];
}

/** The list; `open` goes to a question. */
export function handedList(
  questions: readonly Question[],
  answers: readonly Answer[],
  measured: readonly (Measured | null)[],
  at: number,
  w: LessonWords,
  open: (at: number) => void,
): HTMLElement[] {
  const item = (question: Question, i: number): HTMLElement =>
    h(
      'li',
      {},
      h(
        'button',
        { class: 'title', 'aria-current': i === at ? 'step' : null, 'data-question': i, onclick: () => open(i) },
        question.words?.ask ?? question.question,
      ),
      ...lines(question, answers[i]!, measured[i] ?? null, w),
    );
  return [h('h2', {}, w.handed), h('ol', {}, ...questions.map(item))];
}
