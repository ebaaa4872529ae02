// Files whose layers have the names of an earlier version: index and kind. tests/gpu/checkpoint.test.ts goes on from a recorded one.
import { expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { oldFileNote, readCheckpoint, readModel, writeCheckpoint, writeModel } from '../../src/io/checkpoint.ts';
import type { Initializers } from '../../src/nn/build.ts';
import { layer, ones } from '../../src/nn/custom.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, flatten, residual } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import type { HostTensor } from '../../src/shape.ts';

const scale = (kind: string): Layer => layer(kind, (x, { parameter }) => ops.mul(x, parameter('gain', [ops.last(x)], ones())));
const plain = (units: number): Layer => dense({ units, bias: false });
const model = sequential([
  ...[flatten(), plain(4), activation('tanh'), residual([activation('tanh')]), residual([flatten(), plain(4), activation('relu'), plain(5)])],
  ...[concat([[activation('relu')], [plain(2), residual([plain(2)])], [plain(3)]]), add([[plain(6)], [batchNorm(), plain(6)]])],
  ...[scale('scale_2'), activation('tanh'), scale('scale'), scale('scale_2'), plain(3)],
]);
/** What an earlier version called the parameters of this model. */
const OLD = {
  '1.dense/weight': 'dense_1/weight',
  '4.residual/1.dense/weight': 'residual_2/dense_1/weight',
  '4.residual/3.dense/weight': 'residual_2/dense_2/weight',
  '4.residual/shortcut': 'residual_2/shortcut',
  '5.concat/branch1/0.dense/weight': 'concat_1/branch_2/dense_1/weight',
  '5.concat/branch1/1.residual/0.dense/weight': 'concat_1/branch_2/residual_1/dense_1/weight',
  '5.concat/branch2/0.dense/weight': 'concat_1/branch_3/dense_1/weight',
  '6.add/branch0/0.dense/weight': 'add_1/branch_1/dense_1/weight',
  '6.add/branch1/0.batch_norm/gamma': 'add_1/branch_2/batch_norm_1/gamma',
  '6.add/branch1/0.batch_norm/beta': 'add_1/branch_2/batch_norm_1/beta',
  '6.add/branch1/0.batch_norm/running_mean': 'add_1/branch_2/batch_norm_1/running_mean',
  '6.add/branch1/0.batch_norm/running_variance': 'add_1/branch_2/batch_norm_1/running_variance',
  '6.add/branch1/1.dense/weight': 'add_1/branch_2/dense_1/weight',
  '7.scale_2/gain': 'scale_2_1/gain',
  '9.scale/gain': 'scale_1/gain',
  '10.scale_2/gain': 'scale_2_2/gain',
  '11.dense/weight': 'dense_2/weight',
};

/** A number that tells a tensor from the others. */
const tensorsOf = (paths: Iterable<string>): Map<string, HostTensor> =>
  new Map([...paths].map((path, i) => [path, { shape: [1], data: Float32Array.of(i) }] as const));
const shapesOf = (paths: Iterable<string>): Map<string, number[]> => new Map([...paths].map((path) => [path, [1]]));
const said = (tensors: ReadonlyMap<string, HostTensor>): [string, number][] => [...tensors].map(([path, { data }]) => [path, data[0]!]);
const [oldPaths, newPaths] = [Object.keys(OLD), Object.values(OLD)];
// As a dictionary might bring them: 10 before 7.
const shuffled = new Map([...tensorsOf(oldPaths)].sort(([a], [b]) => (a < b ? -1 : 1)));
const expected = new Map(oldPaths.map((_, i) => [newPaths[i]!, i]));

test('the table is that of the model', () => {
  const graph = new Graph();
  const initializers: Initializers = new Map();
  model.build(graph, graph.input('x', [4, 3], { batch: true }), 'train', initializers);
  expect([...initializers.keys()].sort()).toEqual([...newPaths].sort());
});

test('a model loads by the order of its layers', () => {
  expect(new Map(said(readModel(writeModel(shuffled), shapesOf(newPaths))))).toEqual(expected);
});

test('a checkpoint does, with the state of its optimizer and the best parameters', () => {
  const all = (paths: string[]): string[] => [...paths, ...paths.map((path) => `optimizer/0/${path}`)];
  const best = { step: 4, epoch: 1, trainLoss: 1, validationLoss: 1 };
  const run = { optimizer: 'sgd', words: { step: 7 }, stopping: { waited: 1, best, tensors: shuffled } };
  const read = readCheckpoint(writeCheckpoint(tensorsOf(all(oldPaths)), run), shapesOf(all(newPaths)), ['step']);
  expect(said(read.tensors)).toEqual(said(tensorsOf(all(newPaths))));
  expect(new Map(said(read.run.stopping!.tensors))).toEqual(expected);
});

test('one of another model is refused in the names of today', () => {
  expect(() => readModel(writeModel(tensorsOf([...oldPaths, '12.dense/weight'])), shapesOf(newPaths))).toThrow(
    'the file has "dense_3/weight", which this model has not',
  );
  expect(() => readModel(writeModel(tensorsOf(oldPaths.slice(1))), shapesOf(newPaths))).toThrow('the file has no dense_2/weight, which this model has');
  const deep = `0.dense/${'0.dense/'.repeat(200_000)}weight`;
  expect(() => readModel(writeModel(tensorsOf([deep])), shapesOf(newPaths))).toThrow('the file has no dense_1/weight');
});

test('a line says so, for old files alone', () => {
  expect(oldFileNote('a.safetensors', writeModel(shuffled))).toBe('a.safetensors: old names, of format 1: fathom upgrade a.safetensors writes it anew');
  expect(oldFileNote('a', writeModel(tensorsOf(newPaths)))).toBeUndefined();
  expect(oldFileNote('a', writeModel(tensorsOf(['a.b/2.5'])))).toBeUndefined();
  expect(oldFileNote('a', new Uint8Array(5))).toBeUndefined();
});
