// Sentences with parts that stand only where their figures are known.
import { fill } from '../i18n.ts';

/** A sentence with its figures; what is in brackets goes where one of its figures is not known. */
export function written(text: string, values: Readonly<Record<string, string | number>>): string {
  const kept = text.replace(/\[(.*?)\]/g, (_, part: string) => ([...part.matchAll(/\{(\w+)\}/g)].every(([, name]) => values[name!] !== undefined) ? part : ''));
  return fill(kept, values);
}
