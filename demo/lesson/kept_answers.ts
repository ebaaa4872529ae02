// Answers of a lesson that is not handed in yet: they survive a reload of this tab, and nobody else on the device sees them.
import { embedded } from '../memory.ts';
import { type Answer, answersOf } from './answers.ts';
import type { Question } from './questions.ts';

const NAME = 'fathom-lesson';

interface Kept {
  /** The lesson's text, as in the address. */
  lesson: string;
  at: number;
  answers: string;
}

/** Keeps answers, and which question is open. */
export function keepAnswers(lesson: string, at: number, answers: readonly Answer[]): void {
  try {
    if (!embedded) sessionStorage.setItem(NAME, JSON.stringify({ lesson, at, answers: JSON.stringify(answers) } satisfies Kept));
  } catch {
    // A browser that keeps nothing asks anew.
  }
}

/** What was kept of this lesson; undefined for nothing. */
export function keptAnswers(lesson: string, questions: readonly Question[]): { at: number; answers: Answer[] } | undefined {
  try {
    const kept = embedded ? null : (JSON.parse(sessionStorage.getItem(NAME) ?? 'null') as Partial<Kept> | null);
    const answers = kept?.lesson === lesson ? answersOf(kept.answers ?? null, questions) : null;
    return answers ? { at: questions[kept!.at!] ? kept!.at! : 0, answers } : undefined;
  } catch {
    return undefined;
  }
}

/** Forgets them. */
export function forgetAnswers(): void {
  try {
    if (!embedded) sessionStorage.removeItem(NAME);
  } catch {
    // There was nothing.
  }
}
