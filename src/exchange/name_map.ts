// Names of a network of PyTorch and those of a document's model, by patterns: there to here for an import, and back.
import { isObject, show, UsageError } from '../errors.ts';

/** What of a name is another's: `{"features.0.*": "conv2d_1.*"}`; null leaves a tensor out. */
export type NameMap = Readonly<Record<string, string | null>>;

/** A line of a map. */
export interface Rule {
  readonly from: string;
  readonly pattern: RegExp;
  readonly to: string | null;
}

/** A text with * as a pattern that takes what each stands for. */
const patternOf = (text: string): RegExp => {
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('(.*)')}$`);
};

const starsIn = (text: string): number => text.split('*').length - 1;

function ruleOf(from: string, to: unknown): Rule {
  if (to !== null && typeof to !== 'string') throw new UsageError(`map: ${from}: expected a name of the model, or null, got ${show(to)}`);
  if (to !== null && starsIn(to) > starsIn(from)) throw new UsageError(`map: ${from}: ${to} has more * than it`);
  return { from, pattern: patternOf(from), to: to === null ? null : to.replaceAll('/', '.') };
}

/** The lines of a map, in their order. Throws UsageError for one that cannot be. */
export const rulesOf = (map: NameMap): Rule[] => Object.entries(map).map(([from, to]) => ruleOf(from, to));

/** `text` with its stars replaced by what they stand for, the first by the first. */
function filled(text: string, values: RegExpExecArray): string {
  let star = 0;
  return text.replaceAll('*', () => values[++star]!);
}

/** Where a name leads: to itself where no rule is of it, nowhere (null) where it is left out. */
export function targetOf(name: string, rules: readonly Rule[]): string | null {
  for (const { pattern, to } of rules) {
    const found = pattern.exec(name);
    if (found) return to === null ? null : filled(to, found);
  }
  return name;
}

/**
 * The name there that leads to a name of the model: the first that fits, the name itself where no line is of it.
 *
 * @throws UsageError where the map does not tell it: a line with a * there that has none here, or a name that the map gives to another tensor.
 */
export function sourceOf(key: string, rules: readonly Rule[]): string {
  for (const { from, to } of rules) {
    const found = to === null ? null : patternOf(to).exec(key);
    if (!found) continue;
    if (starsIn(from) > starsIn(to!))
      throw new UsageError(`map: ${from}: ${to} has fewer * than it, so that the name there of ${key} is not told: write a line for each tensor`);
    const name = filled(from, found);
    // An earlier line may have that name.
    if (targetOf(name, rules) === key) return name;
  }
  if (targetOf(key, rules) === key) return key;
  throw new UsageError(`map: ${key} has no name there: the map gives ${key} of there to ${targetOf(key, rules) ?? 'nothing'}; write a line that leads to it`);
}

/** A map out of JSON. Throws UsageError. */
export function nameMapOf(where: string, value: unknown): NameMap {
  if (!isObject(value)) throw new UsageError(`${where}: expected an object of names, {"features.0.*": "conv2d_1.*"}, got ${show(value)}`);
  rulesOf(value as NameMap);
  return value as NameMap;
}
