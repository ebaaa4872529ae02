// From the bytes of a text file to its text, in parts: a file may be longer than the longest string.
import { DataError, show, UsageError } from '../errors.ts';

/** The text of a file, or its bytes in an encoding that is found or given. */
export type TextFile = string | Uint8Array;

/** What decodes a file. */
export interface Encoding {
  readonly name: string;
  /** Where the text starts, after the byte order mark. */
  readonly start: number;
  /** The first byte that is no UTF-8, where that is why it is taken for Windows-1252. */
  readonly notUtf8?: number;
}

/** Bytes, or characters, that are handed out at once. */
const PART = 2 ** 18;

/** Windows-1252 has letters where Latin-1 has control characters, from 0x80 on; five places are empty. */
const FROM_80 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const WINDOWS = 'windows-1252';

/** Whether the bytes are those of a Parquet file. Byte by byte: of an array that was transferred no part can be taken. */
export const isParquet = (file: TextFile): file is Uint8Array => typeof file !== 'string' && [...'PAR1'].every((char, i) => file[i] === char.charCodeAt(0));

/** Throws a UsageError for what is neither text nor bytes. */
export function requireTextFile(where: string, given: unknown): asserts given is TextFile {
  if (typeof given !== 'string' && !(given instanceof Uint8Array)) throw new UsageError(`${where}: expected text, or the bytes of a file, got ${show(given)}`);
}

/** The parts of a file's text, in order, without its byte order mark. Throws a DataError at the first byte that the encoding has not. */
export function* textParts(file: TextFile, { name, start }: Encoding): Generator<string> {
  if (typeof file === 'string') {
    for (let at = file.charCodeAt(0) === 0xfeff ? 1 : 0; at < file.length; at += PART) yield file.slice(at, at + PART);
    return;
  }
  if (name === WINDOWS) {
    for (let at = start; at < file.length; at += PART) yield windowsText(file.subarray(at, at + PART));
    return;
  }
  const decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
  for (let at = start; at < file.length; at += PART) {
    const part = file.subarray(at, at + PART);
    try {
      yield decoder.decode(part, { stream: at + PART < file.length });
    } catch (cause) {
      const bad = name === 'utf-8' ? badUtf8(file, start) : undefined;
      const place = bad === undefined ? `the part from byte ${at} on` : `${byteText(file, bad)} in line ${lineOf(file, bad)} (byte ${bad})`;
      throw new DataError(`csv: ${place} is no ${name}: give its \`encoding\`, such as "windows-1252"`, { cause });
    }
  }
}

/** The encoding of a file: as given, else by its byte order mark, else UTF-8 where all of it is, else UTF-16 or Windows-1252. Throws a UsageError for an unknown one. */
export function encodingOf(file: TextFile, given?: string): Encoding {
  if (typeof file === 'string') return { name: 'text', start: 0 };
  // Of an array whose buffer was transferred nothing can be taken.
  if (file.length === 0) return { name: 'utf-8', start: 0 };
  const marked = MARKS.find(({ mark }) => mark.every((byte, i) => file[i] === byte));
  if (given !== undefined) {
    const name = knownEncoding(given);
    return { name, start: marked?.name === name ? marked.mark.length : 0 };
  }
  if (marked) return { name: marked.name, start: marked.mark.length };
  const wide = wideOf(file);
  if (wide) return { name: wide, start: 0 };
  const bad = badUtf8(file, 0);
  return bad === undefined ? { name: 'utf-8', start: 0 } : { name: WINDOWS, start: 0, notUtf8: bad };
}

const MARKS = [
  { name: 'utf-8', mark: [0xef, 0xbb, 0xbf] },
  { name: 'utf-16le', mark: [0xff, 0xfe] },
  { name: 'utf-16be', mark: [0xfe, 0xff] },
];

function knownEncoding(given: string): string {
  const lower = given.trim().toLowerCase();
  if (['cp1252', 'latin1', 'latin-1', 'iso-8859-1', WINDOWS].includes(lower)) return WINDOWS;
  try {
    return new TextDecoder(lower === 'utf8' ? 'utf-8' : lower).encoding;
  } catch (cause) {
    throw new UsageError(`csv: encoding: no encoding is called ${show(given)}; there are "utf-8", "utf-16le", "windows-1252", "iso-8859-2", "shift_jis", ...`, {
      cause,
    });
  }
}

/** UTF-16 without a mark: every other byte of plain text is 0. */
function wideOf(file: Uint8Array): string | undefined {
  const head = file.subarray(0, 4096);
  if (head.length < 4) return undefined;
  let [even, odd] = [0, 0];
  for (let i = 0; i < head.length; i++) if (head[i] === 0) i % 2 === 0 ? even++ : odd++;
  if (odd > head.length / 4 && even < head.length / 50) return 'utf-16le';
  return even > head.length / 4 && odd < head.length / 50 ? 'utf-16be' : undefined;
}

/** The first byte that is no UTF-8; undefined where all are. */
function badUtf8(file: Uint8Array, start: number): number | undefined {
  for (let at = start; at < file.length; ) {
    const byte = file[at]!;
    if (byte < 0x80) {
      at++;
      continue;
    }
    const length = byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
    const second = file[at + 1] ?? 0;
    // Longer than needed, halves of a pair, and beyond the last character.
    const forbidden =
      (byte === 0xe0 && second < 0xa0) || (byte === 0xed && second >= 0xa0) || (byte === 0xf0 && second < 0x90) || (byte === 0xf4 && second >= 0x90);
    if (length === 0 || forbidden) return at;
    for (let i = 1; i < length; i++) if (((file[at + i] ?? 0) & 0xc0) !== 0x80) return at;
    at += length;
  }
  return undefined;
}

function windowsText(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    const codes = Array.from(bytes.subarray(at, at + 8192), (byte) => (byte >= 0x80 && byte < 0xa0 ? FROM_80.charCodeAt(byte - 0x80) : byte));
    pieces.push(String.fromCharCode(...codes));
  }
  return pieces.join('');
}

const byteText = (file: Uint8Array, at: number): string => `0x${file[at]!.toString(16).padStart(2, '0')}`;

function lineOf(file: Uint8Array, end: number): number {
  let line = 1;
  for (let at = 0; at < end; at++) if (file[at] === 10) line++;
  return line;
}

/** A sentence about a file that is no UTF-8. */
export function encodingNote(file: TextFile, { name, notUtf8 }: Encoding): string | undefined {
  if (typeof file === 'string' || notUtf8 === undefined) return name.startsWith('utf-16') ? `read as ${name.toUpperCase()}` : undefined;
  return `read as Windows-1252, as ${byteText(file, notUtf8)} in line ${lineOf(file, notUtf8)} is no UTF-8; another one is given by \`encoding\``;
}
