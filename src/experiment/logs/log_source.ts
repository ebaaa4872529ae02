// The file of a log as its reader sees it: line by line or in pieces, so that a file of any size is read without loading it whole.
import { DataError } from '../../errors.ts';
import { count } from '../../format.ts';

/** One line, without its end. */
export interface LogLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** A file that can be read from its beginning, more than once. */
export interface LogSource {
  /** Its name, for its ending and for messages. */
  readonly path: string;
  /** Its size in bytes. */
  readonly size: number;
  /** Its beginning, at most 64 KiB, as text. */
  readonly head: string;
  /** The lines that are not blank, decoded. The last one of a file that is still being written may be half. */
  lines(): Iterable<LogLine>;
  /** The whole text. Throws a DataError where it is too long for one. */
  text(): string;
  /** The bytes, in pieces. */
  chunks(): Iterable<Uint8Array>;
}

const HEAD = 2 ** 16;
/** Characters of a text or of a line beyond which it is refused: JavaScript's strings end a little further on. */
const MOST_CHARACTERS = 400_000_000;

/** A source of what `chunks` gives; it is asked anew for every reading. */
export function logSource(path: string, size: number, chunks: () => Iterable<Uint8Array>): LogSource {
  let head: { bytes: Uint8Array; encoding: string } | undefined;
  const beginning = (): { bytes: Uint8Array; encoding: string } => {
    if (head) return head;
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const chunk of chunks()) {
      parts.push(chunk.slice(0, HEAD - length));
      length += chunk.length;
      if (length >= HEAD) break;
    }
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    head = { bytes, encoding: encodingOf(bytes) };
    return head;
  };
  function* texts(): Generator<string> {
    const decoder = new TextDecoder(beginning().encoding);
    for (const chunk of chunks()) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  }
  return {
    path,
    size,
    get head() {
      const { bytes, encoding } = beginning();
      return new TextDecoder(encoding).decode(bytes);
    },
    chunks,
    *lines() {
      let rest = '';
      let number = 0;
      const line = function* (text: string): Generator<LogLine> {
        number++;
        if (text.trim() !== '') yield { text: text.endsWith('\r') ? text.slice(0, -1) : text, number };
      };
      for (const text of texts()) {
        let from = 0;
        for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
          yield* line(rest + text.slice(from, to));
          rest = '';
          from = to + 1;
        }
        if (rest.length + text.length - from > MOST_CHARACTERS)
          throw new DataError(`line ${number + 1}: expected at most ${count(MOST_CHARACTERS)} characters; is it a text file?`);
        rest += text.slice(from);
      }
      if (rest) yield* line(rest);
    },
    text() {
      if (size > MOST_CHARACTERS) throw new DataError(`expected at most ${count(MOST_CHARACTERS)} bytes of one JSON value, got ${count(size)}`);
      return [...texts()].join('');
    },
  };
}

/** The name of what is in a file that may be packed. */
export const withoutGz = (path: string): string => path.replace(/\.gz$/i, '');

/** A source of a text, in memory. */
export function textSource(path: string, text: string): LogSource {
  const bytes = new TextEncoder().encode(text);
  return logSource(path, bytes.length, () => [bytes]);
}

/** By the mark at the beginning; without one, ASCII in which every other byte is 0 is UTF-16, and what is no UTF-8 is Windows-1252. */
function encodingOf(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  const some = bytes.subarray(0, 200);
  some.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2]!++;
  });
  if (zeros[1]! > some.length / 3 && zeros[0] === 0) return 'utf-16le';
  if (zeros[0]! > some.length / 3 && zeros[1] === 0) return 'utf-16be';
  try {
    // The last character of a beginning may be half.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}
