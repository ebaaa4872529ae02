// A lesson in an address: questions that are answered with the network, in words, or both. `lesson` is JSON; the first question begins with the controls of the address itself.
import { DEFAULTS, type Settings } from '../settings.ts';

/** A question in words, below the figure. */
export interface InWords {
  /** What is asked; without it the question itself is. */
  ask?: string;
  /** What may be chosen; without it an answer is written. */
  choices?: string[];
  /** The place of the right choice, from 0, or the short answers that count. Without it the page does not judge: a teacher reads the answer. */
  right?: number | string[];
}

/** A place to bring the gradient of layer 1 to, a question in words, or both. */
export interface Question {
  question: string;
  hint?: string;
  /** Right when layer 1 receives from so much to so much of the last layer's gradient, measured over the first steps. */
  from?: number;
  to?: number;
  words?: InWords;
  /** Controls that may be used; all others are hidden. */
  open: (keyof Settings)[];
  /** What the controls are set to when the question comes, as in an address. Without it they stay as they are. */
  settings?: string;
}

/** The most that an address is read for: what is longer was made by no teacher. */
export const MOST = { questions: 20, letters: 400, choices: 8, answers: 20, answer: 2000 };

/** A text of an address, cut; undefined for what is none. */
export const textOf = (value: unknown, most = MOST.letters): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.slice(0, most) : undefined;

/** Several of them; undefined where one is none, or where there are too few or too many. */
function textsOf(value: unknown, least: number, most: number): string[] | undefined {
  const texts = Array.isArray(value) ? value.map((each) => textOf(each)) : [];
  return texts.length >= least && texts.length <= most && !texts.includes(undefined) ? (texts as string[]) : undefined;
}

/** A question in words as it is given; null for what is none. */
function inWords(given: unknown): InWords | null {
  if (typeof given !== 'object' || given === null) return null;
  const { ask, choices, right } = given as Partial<InWords>;
  const offered = textsOf(choices, 2, MOST.choices);
  const accepted = offered ? Number(right) : textsOf(right, 1, MOST.answers);
  if (choices !== undefined && !offered) return null;
  if (right !== undefined && (offered ? !(Number.isInteger(right) && offered[right as number] !== undefined) : !accepted)) return null;
  const asked = textOf(ask);
  return { ...(asked ? { ask: asked } : {}), ...(offered ? { choices: offered } : {}), ...(right === undefined ? {} : { right: accepted! }) };
}

/** The questions of an address; null for what are none. */
export function questionsOf(text: string | null): Question[] | null {
  if (!text) return null;
  try {
    const given: unknown = JSON.parse(text);
    const list = (Array.isArray(given) ? given : [given]) as Partial<Question>[];
    const aims = ({ from, to }: Partial<Question>): boolean => from !== undefined || to !== undefined;
    const wrong = (each: Partial<Question>): boolean =>
      textOf(each?.question) === undefined ||
      (aims(each) && !(Number(each.from) > 0 && Number(each.to) >= Number(each.from))) ||
      (each.words === undefined ? !aims(each) : inWords(each.words) === null) ||
      !Array.isArray(each.open) ||
      !each.open.every((name) => Object.hasOwn(DEFAULTS, name) && name !== 'params' && name !== 'layers');
    if (list.length === 0 || list.length > MOST.questions || list.some(wrong)) return null;
    return list.map((each) => {
      const { question, hint, from, to, words, open, settings } = each;
      return {
        question: textOf(question)!,
        ...(aims(each) ? { from: Number(from), to: Number(to) } : {}),
        ...(words === undefined ? {} : { words: inWords(words)! }),
        open: [...new Set(open!)],
        ...(typeof hint === 'string' && hint ? { hint: hint.slice(0, MOST.letters) } : {}),
        ...(typeof settings === 'string' ? { settings } : {}),
      };
    });
  } catch {
    return null;
  }
}
