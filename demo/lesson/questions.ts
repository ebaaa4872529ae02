// A lesson in an address: questions that are answered with the network. `lesson` is JSON; the first question begins with the controls of the address itself.
import { DEFAULTS, type Settings } from '../settings.ts';

export interface Question {
  question: string;
  hint?: string;
  /** Right when layer 1 receives from so much to so much of the last layer's gradient, measured over the first steps. */
  from: number;
  to: number;
  /** Controls that may be used; all others are hidden. */
  open: (keyof Settings)[];
  /** What the controls are set to when the question comes, as in an address. Without it they stay as they are. */
  settings?: string;
}

/** The most that an address is read for: what is longer was made by no teacher. */
const MOST = { questions: 20, letters: 400 };

/** The questions of an address; null for what are none. */
export function questionsOf(text: string | null): Question[] | null {
  if (!text) return null;
  try {
    const given: unknown = JSON.parse(text);
    const list = (Array.isArray(given) ? given : [given]) as Partial<Question>[];
    const wrong = (each: Partial<Question>): boolean =>
      typeof each?.question !== 'string' ||
      each.question.trim() === '' ||
      !(Number(each.from) > 0 && Number(each.to) >= Number(each.from)) ||
      !Array.isArray(each.open) ||
      !each.open.every((name) => Object.hasOwn(DEFAULTS, name) && name !== 'params');
    if (list.length === 0 || list.length > MOST.questions || list.some(wrong)) return null;
    return list.map(({ question, hint, from, to, open, settings }) => ({
      ...{ question: question!.slice(0, MOST.letters), from: Number(from), to: Number(to), open: [...new Set(open!)] },
      ...(typeof hint === 'string' && hint ? { hint: hint.slice(0, MOST.letters) } : {}),
      ...(typeof settings === 'string' ? { settings } : {}),
    }));
  } catch {
    return null;
  }
}
