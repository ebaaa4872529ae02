// Whether a run in which nothing was found may be called healthy, in words: where a rule that matters could not judge, it may not.
import type { Diagnosis, Unchecked } from './index.ts';

/** The rules without which a run is not to be called healthy. */
export const important = ({ unchecked }: Pick<Diagnosis, 'unchecked'>): Unchecked[] => unchecked.filter(({ minor }) => !minor);

/** Where nothing was found: that the run is healthy, or that nothing was found and what was not checked. */
export function nothingFound(diagnosis: Pick<Diagnosis, 'unchecked'>, steps: number): string {
  const left = important(diagnosis);
  return left.length === 0 ? `Healthy: nothing found in ${steps} steps.` : `Nothing found in ${steps} steps. ${uncheckedText(left)}`;
}

/** Rules that are named; of more than these their reasons alone are. */
const NAMED = 6;

/** Reasons of the same form as one: what the history does not say, and which statistics are not there. */
function alike(reasons: readonly string[]): string[] {
  const forms = [
    [/^the history does not say what its (.+) are$/, (all: string) => `the history does not say what its ${all} are`],
    [/^no statistics of ((?!.* and ).+)$/, (all: string) => `no statistics of ${all}`],
  ] as const;
  const joined = forms.flatMap(([form, text]) => {
    const all = new Set(reasons.flatMap((reason) => form.exec(reason)?.[1]?.split(', ') ?? []));
    return all.size > 0 ? [text([...all].join(', '))] : [];
  });
  return [...joined, ...reasons.filter((reason) => forms.every(([form]) => !form.test(reason)))];
}

/** What was not checked, and why: rules that lack the same together. */
export function uncheckedText(unchecked: readonly Unchecked[]): string {
  const byReason = new Map<string, string[]>();
  for (const { rule, why } of unchecked) byReason.set(why, [...(byReason.get(why) ?? []), rule]);
  if (unchecked.length > NAMED) return `Not checked: ${unchecked.length} rules, since ${alike([...byReason.keys()]).join('; ')}.`;
  return `Not checked: ${[...byReason].map(([why, rules]) => `${rules.join(', ')} (${why})`).join('; ')}.`;
}
