// Splits long loops. No invocation of the portable kernels goes through tens of thousands of numbers alone: llvmpipe leaves a loop after
// 65,535 turns (all loops of an invocation together), silently, and on a GPU one long walk leaves the others idle. Rows are shared by
// a workgroup, long sums are made in pieces (emit_sums.ts), whose sums are added by a further dispatch. What is cut where depends on shapes alone,
// so the same sizes give the same bits. SwiftShader's kernels have no such limit.
import perInvocationText from '../../shaders/rows/per_invocation.wgsl';
import { ShapeError } from '../errors.ts';
import { count } from '../format.ts';
import type { Capabilities } from '../graph/op.ts';
import type { Source } from '../kernel.ts';
import { kernelsFor, kernelsOf } from './kernel_choice.ts';
import { WIDTH, workgroupsFor } from './kernels.ts';

/** Turns that an invocation may take: half of what llvmpipe allows. */
const MOST_TURNS = 2 ** 15;
/** Nearly all that it allows, where turns are counted as it does. */
export const ALL_TURNS = 2 ** 16 - 2 ** 9;

/** Turns that a loop may take which has one of `inner` turns inside: llvmpipe counts one more where that ends. */
export const mostOuter = (inner: number): number => Math.floor(ALL_TURNS / (inner + 2));

const PER_INVOCATION: Source = { file: 'rows/per_invocation', text: perInvocationText };

/** How many invocations share a row with this many columns: at most one per column. */
function lanesOfRow(columns: number): number {
  return columns < 64 ? 1 : columns < 1024 ? 64 : 256;
}

/** How a kernel that is linked with one of shaders/rows takes its rows; `passes` is how often it goes over a row. Throws ShapeError for rows that are too long. */
export function shareRows(
  capabilities: Capabilities,
  where: string,
  [rows, columns]: readonly [number, number],
  passes: number,
): { rows: Source; overrides: { WORKGROUP: number }; workgroups: [number] } {
  const { shares } = kernelsFor(capabilities);
  const lanes = shares ? lanesOfRow(columns) : 1;
  if (lanes === 1) {
    const width = shares ? WIDTH : 4;
    return { rows: PER_INVOCATION, overrides: { WORKGROUP: width }, workgroups: workgroupsFor(rows, width) };
  }
  requireTurns(capabilities, where, 'columns', columns, Math.floor(MOST_TURNS / passes) * lanes);
  return { rows: kernelsOf('seldom').ROW_PER_WORKGROUP, overrides: { WORKGROUP: lanes }, workgroups: [rows] };
}

/** Throws ShapeError where the portable kernels would have to go over too many; `todo` begins with a semicolon. */
export function requireTurns(
  capabilities: Capabilities,
  where: string,
  what: 'rows' | 'columns' | 'channels' | `rows of ${string}`,
  given: number,
  max: number,
  todo = '',
): void {
  if (given > max && kernelsFor(capabilities).shares)
    throw new ShapeError(`${where}: expected at most ${count(max)} ${what} on this adapter, got ${count(given)}${todo}`);
}
