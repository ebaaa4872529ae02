// Indices, lists of rows and walks along an axis.
import { gatherGradOp, gatherOp, oneHotOp } from '../ops/gather.ts';
import { type CumsumAttrs, cumsumOp } from '../ops/scan.ts';
import { HEAD } from '../ops/statistics.ts';
import { listRowsOp, takeRowsOp } from '../ops/taken_rows.ts';
import { sizeOf } from '../shape.ts';
import { trueElements } from './interpreter_state.ts';
import { type Tensor64, tensor64, zeros64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

const isIndex = (index: number, size: number): boolean => index >= 0 && index < size;

/** x[..., index, ...] along the axis; NaN where the index is none. */
function gather(x: Tensor64, indices: Tensor64, axis: number): Tensor64 {
  const [size, inner, picks] = [x.shape[axis]!, sizeOf(x.shape.slice(axis + 1)), indices.data.length];
  return tensor64([...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], (i) => {
    const [outer, pick] = [Math.floor(i / inner / picks), Math.floor(i / inner) % picks];
    const index = indices.data[pick]!;
    return isIndex(index, size) ? x.data[(outer * size + index) * inner + (i % inner)]! : Number.NaN;
  });
}

/** What the picks of each index bring, added up. */
function gatherGrad(dy: Tensor64, indices: Tensor64, { axis, shape }: { axis: number; shape: readonly number[] }): Tensor64 {
  const [size, inner, picks] = [shape[axis]!, sizeOf(shape.slice(axis + 1)), indices.data.length];
  const dx = zeros64(shape);
  dy.data.forEach((value, i) => {
    const [outer, pick] = [Math.floor(i / inner / picks), Math.floor(i / inner) % picks];
    const index = indices.data[pick]!;
    if (isIndex(index, size)) dx.data[(outer * size + index) * inner + (i % inner)]! += value;
  });
  return dx;
}

function oneHot(indices: Tensor64, classes: number): Tensor64 {
  return tensor64([...indices.shape, classes], (i) => {
    const index = indices.data[Math.floor(i / classes)]!;
    return isIndex(index, classes) ? Number(index === i % classes) : Number.NaN;
  });
}

function cumsum(x: Tensor64, { axis, reverse }: CumsumAttrs): Tensor64 {
  const [size, inner] = [x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))];
  return tensor64(x.shape, (i) => {
    const at = Math.floor(i / inner) % size;
    let sum = 0;
    for (let j = reverse ? at : 0; j <= (reverse ? size - 1 : at); j++) sum += x.data[i + (j - at) * inner]!;
    return sum;
  });
}

/** How many of the first rows have a weight above 0, and from the fifth word on which. */
function listRows({ data }: Tensor64, rows: number): Tensor64 {
  const listed = [...data.keys()].filter((row) => row < rows && data[row]! > 0);
  return tensor64([HEAD + data.length], (i) => (i === 0 ? listed.length : i < HEAD ? 0 : (listed[i - HEAD] ?? 0)));
}

/** The listed rows one after the other, then zeros; before them, with a head, how many elements and rows they are, in halves of 16 bits. */
function takeRows(x: Tensor64, list: Tensor64, head: boolean): Tensor64 {
  const block = x.data.length / (list.data.length - HEAD);
  const [count] = list.data as unknown as [number];
  const rows = Array.from(list.data.subarray(HEAD, HEAD + count)).flatMap((row) => [...x.data.subarray(row * block, (row + 1) * block)]);
  const halves = [rows.length, rows.length / (x.shape.at(-1) ?? 1)].flatMap((n) => [n % 2 ** 16, Math.floor(n / 2 ** 16)]);
  const all = [...(head ? halves : []), ...rows];
  return tensor64([(head ? HEAD : 0) + x.data.length], (i) => all[i] ?? 0);
}

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(gatherOp, ([x, indices], { axis }) => [gather(x!, indices!, axis)]),
  twin(gatherGradOp, ([dy, indices], attrs) => [gatherGrad(dy!, indices!, attrs)]),
  twin(oneHotOp, ([indices], { classes }) => [oneHot(indices!, classes)]),
  twin(cumsumOp, ([x], attrs) => [cumsum(x!, attrs)]),
  twin(listRowsOp, ([weights], _attrs, node, state) => [listRows(weights!, trueElements(state, node.inputs[0]!.type))]),
  twin(takeRowsOp, ([x, list], { head }) => [takeRows(x!, list!, head)]),
];
