// All that the tool says goes through here: names come from files, and what a terminal takes for a command is shown instead of sent. The only commands that
// are sent are the colours below, where the terminal has them.
import { rgbOf } from '../inspect/colours.ts';
import { visible } from '../visible.ts';
import { wrappedLines } from './wrapped.ts';

/** Text with control characters as JSON writes them, but for line breaks and tabs. */
export const shown = visible;

/** The same for a name, which is never more than one line. */
export function oneLine(name: string): string {
  return shown(name).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** How text may look: by what it says, or by the size of a gradient, log10 relative to the last hidden layer. */
export type Look = 'severe' | 'warn' | 'note' | 'good' | 'quiet' | 'strong' | number;

/** Text that has a look. */
export interface Painted {
  readonly text: string;
  readonly look: Look;
}

/** What can be printed. Escape codes in the text itself are shown, never sent. */
export type Piece = string | Painted;

export const painted = (look: Look, text: string): Painted => ({ look, text });

/** Pieces without their looks. */
export const plain = (pieces: readonly Piece[]): string => pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join('');

/** How many colours a terminal has, as bits; 1 for none. `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` count. */
export function colourBits(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): number {
  if (env.NO_COLOR || !stream.isTTY) return 1;
  return stream.getColorDepth(env);
}

const CODES: Readonly<Record<Exclude<Look, number>, string>> = { severe: '1;31', warn: '33', note: '36', good: '32', quiet: '2', strong: '1' };

/** Below this the scale is as dark as a terminal. */
const DARKEST = -6;

function codeOf(look: Look, bits: number): string {
  if (typeof look !== 'number') return CODES[look];
  const [r, g, b] = rgbOf(Math.max(DARKEST, look));
  if (bits >= 24) return `38;2;${r};${g};${b}`;
  const level = (channel: number): number => Math.round((channel / 255) * 5);
  if (bits >= 8) return `38;5;${16 + 36 * level(r) + 6 * level(g) + level(b)}`;
  return look < -3 ? '34' : look < -1 ? '36' : look < 1 ? '32' : look < 3 ? '33' : '31';
}

/** Pieces as a terminal with that many bits of colour takes them. */
export function terminalText(pieces: readonly Piece[], bits: number): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return shown(piece);
      return bits > 1 && piece.text ? `\u001b[${codeOf(piece.look, bits)}m${shown(piece.text)}\u001b[0m` : shown(piece.text);
    })
    .join('');
}

/** Columns where nothing says how many there are, and the most that are used. */
const COLUMNS = 60;
const MOST_COLUMNS = 100;

/** How many columns tables may take on the standard output. */
export function columns({ isTTY, columns: own }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> = process.stdout, env: NodeJS.ProcessEnv = process.env): number {
  const said = isTTY ? own : Number(env.COLUMNS);
  return said && said > 0 ? Math.min(MOST_COLUMNS, said) : COLUMNS;
}

/** A line, or several, on stdout. */
export function print(...pieces: readonly Piece[]): void {
  console.log(terminalText(pieces, colourBits(process.stdout)));
}

/** Prints to stderr, so that stdout holds only the result; on a terminal in lines that fit it. */
export function note(text: string): void {
  const { stderr } = process;
  console.error(stderr.isTTY ? wrappedLines(shown(text), columns(stderr)) : shown(text));
}

/** What was asked for, as it is; shown where it goes to a terminal. */
export function write(text: string): void {
  process.stdout.write(process.stdout.isTTY ? shown(text) : text);
}
