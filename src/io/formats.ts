// The formats of what we write, each with its version. Version 1 had other names (old_names.ts), and documents and checkpoints of it do not say it.
import { DataError, isObject } from '../errors.ts';

/** What each kind of file says of itself: in `format` of its JSON, or in the metadata of a safetensors file. */
export const FORMATS = {
  experiment: 'fathom-experiment/2',
  claim: 'fathom-claim/2',
  history: 'fathom-history/2',
  model: 'fathom-model/2',
  checkpoint: 'fathom-checkpoint/2',
} as const;
export type Kind = keyof typeof FORMATS;

const VERSION = 2;

/**
 * The version of a format: 1 where none is said, undefined for what is no format of this kind.
 * @throws DataError for a newer one than this package reads; `where` begins the sentence.
 */
export function versionOf(kind: Kind, format: unknown, where: string): 1 | 2 | undefined {
  if (format === undefined) return 1;
  const [, name, digits] = (typeof format === 'string' && /^(fathom-\w+)\/([1-9]\d*)$/.exec(format)) || [];
  if (name !== `fathom-${kind}`) return undefined;
  if (Number(digits) > VERSION)
    throw new DataError(`${where}: its format is "${format}", and this version of the package reads ${FORMATS[kind]}: use a newer one`);
  return Number(digits) as 1 | 2;
}

/** The version of parsed JSON, by its `format`. */
export const versionIn = (kind: Kind, json: unknown, where: string): 1 | 2 | undefined =>
  versionOf(kind, isObject(json) ? (json as { format?: unknown }).format : undefined, where);

/** What is to be said of a file of format 1, where people see it. */
export const oldFormatNote = (path: string): string => `${path}: old names, of format 1: fathom upgrade ${path} writes it anew`;
