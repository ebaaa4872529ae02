// How the rows of a batch differ in layers, into a ring.
import text from '../../shaders/row_differences.wgsl';
import type { Op, Table } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { samplesOf, sizeOf, type TensorType } from '../shape.ts';
import { struct } from '../struct.ts';
import { GRID, persistent, RING, RUN_STATE, TRUE_ROWS, WALKED } from './kernels.ts';
import { requireTurns } from './pieces.ts';
import { type Ring, ringBuffer, ringParams } from './rings.ts';

/** What is known of a row of a layer: `RowDifferences` of row_differences.wgsl, which says what each word means. */
export const ROW_DIFFERENCES = struct(['f32', 'scale', 'norm', 'own', 'sum', 'squares']);
/** Rows of a batch that are looked at, the first ones. */
export const ROWS_COMPARED = 64;
const PART_WORDS = 4;
/** Words of a row that a lane can go over: wider ones are not compared. */
const MOST_WIDTH = 2 ** 19;

export const rowDifferencesKernel = kernel('row_differences', text, {
  bindings: { values: 'read', parts: 'read', run: 'read', ring: 'read_write' },
  params: { parts: 'u32', every: 'u32', rows: 'u32' },
  overrides: { LANES: ROWS_COMPARED },
});

/** Rows of a layer that have a place in the ring. */
export const comparedRows = (h: TensorType): number => Math.min(samplesOf(h), ROWS_COMPARED);

const widthOf = (h: TensorType): number => sizeOf(h.shape) / samplesOf(h);

/** Whether the rows of a layer are narrow enough to be compared. */
export const comparable = (h: TensorType): boolean => widthOf(h) <= MOST_WIDTH;

/** How unlike the rows of a layer are. */
export interface RowSpread {
  /** Directions in which rows differ, each counted by its share. */
  readonly effectiveRank: number;
  /** Share of the mean square that differs from row to row: 0 where all rows are alike. */
  readonly rowSpread: number;
}

/**
 * From the figures of the rows of a layer, whose differences from one row have the products g_ij: about the mean their covariance has the trace sum g_ii - (sum g_ij) / n and the square of
 * its Frobenius norm is sum g_ij² - 2/n sum_i (sum_j g_ij)² + (sum g_ij)² / n². Undefined where a number is not finite, or there are no two rows.
 */
export function spreadOf(words: Float32Array, rows: number): RowSpread | undefined {
  const n = Math.min(rows, ROWS_COMPARED, words.length / ROW_DIFFERENCES.words);
  if (n < 2) return undefined;
  const { at } = ROW_DIFFERENCES;
  let [norms, own, all, ofRows, squares] = [0, 0, 0, 0, 0];
  for (let row = 0; row < n; row++) {
    const word = (name: keyof typeof at): number => words[row * ROW_DIFFERENCES.words + at[name]]!;
    const square = word('scale') ** 2;
    norms += word('norm') * square;
    own += word('own') * square;
    all += word('sum') * square;
    ofRows += (word('sum') * square) ** 2;
    squares += word('squares') * square ** 2;
  }
  const trace = Math.max(0, own - all / n);
  const frobenius = squares - (2 / n) * ofRows + (all / n) ** 2;
  if (!Number.isFinite(norms + frobenius)) return undefined;
  if (trace === 0 || !(frobenius > 0)) return { effectiveRank: 0, rowSpread: 0 };
  return { effectiveRank: trace ** 2 / frobenius, rowSpread: trace / norms };
}

/** How the rows of a batch differ in layers, into a ring. Inputs: their activations, whose first axis is the batch. */
export const rowDifferencesOp: Op<{ ring: Ring }> = {
  name: 'row_differences',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { ring } = node.attrs;
    for (const { name, type } of node.inputs) requireTurns(emit.capabilities, `rank of ${name}`, 'columns', widthOf(type), MOST_WIDTH);
    const rows = node.inputs.flatMap((h) => Array.from({ length: comparedRows(h.type) }, (_, row) => ({ h, row })));
    emit.walk({ reads: node.inputs }, (bufferOf) => {
      for (const [number, buffer] of [...new Set(node.inputs.map(bufferOf))].entries()) {
        // A row that lies in another buffer has no width here.
        const table: Table = {
          kind: 'table',
          name: `${node.name}/rows${number || ''}`,
          words: rows.length * PART_WORDS,
          fill: (place) =>
            Uint32Array.from(
              rows.flatMap(({ h, row }) => {
                const batch = samplesOf(h.type);
                return bufferOf(h) === buffer ? [place(h).offset, widthOf(h.type), row, batch] : [0, 0, 0, 0];
              }),
            ),
        };
        emit.dispatch({
          kernel: rowDifferencesKernel,
          link: [GRID, RUN_STATE, RING, TRUE_ROWS],
          params: { parts: rows.length, ...ringParams(ring) },
          bindings: { values: persistent(buffer), parts: table, run: persistent('run'), ring: ringBuffer(ring) },
          workgroups: [rows.length],
          // A lane for each of the other rows.
          work: WALKED * ROWS_COMPARED * rows.reduce((sum, { h }) => sum + (bufferOf(h) === buffer ? widthOf(h.type) : 0), 0),
        });
      }
    });
  },
};
