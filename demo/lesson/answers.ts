// What was answered in a lesson: how an answer in words is judged, and the address that hands all of them in. Nothing leaves the browser but by that address.
import { pageAddress } from '../share/links.ts';
import { type InWords, MOST, type Question, textOf } from './questions.ts';

/** The answer to one question. */
export interface Answer {
  /** The controls with which it was answered, as in an address. */
  settings?: string;
  /** What was written, or the place of the choice, from 0. */
  words?: string | number;
}

/** One writing for all: without case, spaces around and between, and a point at the end; full-width digits and letters are plain ones. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.。!！]+$/, '');

/** The number that a text is, with a point or a comma; NaN for other texts. */
const numberOf = (text: string): number => (text === '' ? Number.NaN : Number(text.replace(',', '.')));

/** Whether an answer in words is right; null where there is none yet, or where nobody but a teacher can say. */
export function judge({ choices, right }: InWords, words: Answer['words']): boolean | null {
  if (words === undefined || words === '' || right === undefined) return null;
  if (choices) return words === right;
  const given = plain(String(words));
  return (right as string[]).some((each) => plain(each) === given || numberOf(plain(each)) === numberOf(given));
}

/** Whether a question in words has an answer. */
export const isAnswered = (words: Answer['words']): boolean => typeof words === 'number' || (words ?? '').trim() !== '';

/** The address of a page in which these questions are answered so. */
export function handedAddress(questions: readonly Question[], answers: readonly (Answer | undefined)[], language: string): string {
  const parameters = new URLSearchParams(answers[0]?.settings ?? '');
  if (language === 'zh') parameters.set('language', 'zh');
  parameters.set('lesson', JSON.stringify(questions));
  parameters.set('handed', JSON.stringify(questions.map((_, i) => answers[i] ?? {})));
  return `${pageAddress()}#${parameters}`;
}

/** The answers that an address hands in, one for each question; null for what are none. */
export function answersOf(text: string | null, questions: readonly Question[]): Answer[] | null {
  if (!text) return null;
  try {
    const given: unknown = JSON.parse(text);
    if (!Array.isArray(given) || given.length !== questions.length) return null;
    return given.map((each: Partial<Answer> | null, i) => {
      const { choices } = questions[i]!.words ?? {};
      const chosen = typeof each?.words === 'number' && choices?.[each.words] !== undefined ? each.words : undefined;
      const words = choices ? chosen : textOf(each?.words, MOST.answer);
      return { ...(typeof each?.settings === 'string' ? { settings: each.settings } : {}), ...(words === undefined ? {} : { words }) };
    });
  } catch {
    return null;
  }
}
