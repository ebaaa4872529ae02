// What the fields of the Share sheet say of a question in words.
import { type InWords, MOST } from './questions.ts';

/** A question in words as its fields say it; null for none, undefined for choices of which not one is right. */
export function inWordsOf(ask: string, lines: string): InWords | null | undefined {
  const answers = lines.split('\n').flatMap((line) => line.trim() || []);
  if (ask.trim() === '' && answers.length === 0) return null;
  const asked = ask.trim() ? { ask: ask.trim() } : {};
  const right = answers.flatMap((line, i) => (line.startsWith('*') ? [i] : []));
  if (right.length === 0) return { ...asked, ...(answers.length > 0 ? { right: answers } : {}) };
  const choices = answers.map((line) => line.replace(/^\*\s*/, ''));
  if (right.length > 1 || choices.length < 2 || choices.length > MOST.choices || choices.includes('')) return undefined;
  return { ...asked, choices, right: right[0]! };
}
