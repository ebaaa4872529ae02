// Weights of PyTorch into a document's model: names, types, layouts, parts; and what is refused. One that PyTorch wrote is in tests/gpu/torch_own.test.ts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportCommand } from '../../src/cli/export_command.ts';
import { importCommand } from '../../src/cli/import_command.ts';
import { DataError } from '../../src/errors.ts';
import { importPyTorch } from '../../src/exchange/from_pytorch.ts';
import { nameMapOf } from '../../src/exchange/name_map.ts';
import { exportPyTorch } from '../../src/exchange/pytorch_project.ts';
import { readTensors } from '../../src/exchange/read_tensors.ts';
import { stepOf } from '../../src/exchange/step_of.ts';
import { exportStateDict } from '../../src/exchange/to_state_dict.ts';
import { loadData } from '../../src/experiment/data.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors.ts';
import type { HostTensor } from '../../src/shape.ts';
import { EXPORTED, readDigits } from '../support/exported.ts';

const none = (): never => {
  throw new Error('no shard is asked for');
};
const file = (tensors: Record<string, HostTensor>, metadata = {}) => ({
  name: 'w.safetensors',
  bytes: writeSafetensors(new Map(Object.entries(tensors)), metadata),
});
const options = { read: readDigits, readShard: none };
const weightsOf = async (document: Experiment) => stepOf(document, await loadData(document, readDigits)).weights;
const numbers = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => i + 1);

test.each(['groups, clipping by value, penalties', 'branches of maps'])('%s: what is written for PyTorch comes back to the bit', async (name) => {
  const document = EXPORTED[name]!;
  const written = await exportPyTorch(document, { read: readDigits });
  const bytes = written.get('weights.safetensors') as Uint8Array;
  const { file: back } = await importPyTorch(document, [{ name: 'weights.safetensors', bytes }], options);
  const { tensors } = readSafetensors(back);
  for (const [path, { shape, data }] of await weightsOf(document)) expect(tensors.get(path), path).toEqual({ shape, data });
});

const RAW: Record<string, (values: number[]) => Uint8Array> = {
  F64: (values) => new Uint8Array(Float64Array.from(values).buffer),
  // 1, -2 and 0.5, and as bfloat16.
  F16: () => new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3800).buffer),
  BF16: () => new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0x3f00).buffer),
};
/** A file with one tensor of another type. */
function fileOf(dtype: string, bytes: Uint8Array, count: number): Uint8Array {
  const header = new TextEncoder().encode(JSON.stringify({ w: { dtype, shape: [count], data_offsets: [0, bytes.length] } }).padEnd(64));
  const all = new Uint8Array(8 + header.length + bytes.length);
  new DataView(all.buffer).setBigUint64(0, BigInt(header.length), true);
  all.set(header, 8);
  all.set(bytes, 8 + header.length);
  return all;
}
const readOne = async (dtype: string, bytes: Uint8Array, count: number) => readTensors([{ name: 'w.safetensors', bytes: fileOf(dtype, bytes, count) }], none);

test.each(Object.entries(RAW))('numbers of %s become 32-bit floats, and that is said', async (dtype, write) => {
  const { tensors, notes } = await readOne(dtype, write([1, -2, 0.5]), 3);
  expect([...tensors.get('w')!.data]).toEqual([1, -2, 0.5]);
  expect(notes).toEqual([`1 tensor of ${dtype} became F32`]);
});

test('where names differ, a map by shapes and order is offered, and fits', async () => {
  const document = EXPORTED['branches of maps']!;
  const bytes = (await exportPyTorch(document, { read: readDigits })).get('weights.safetensors') as Uint8Array;
  const { tensors } = await readTensors([{ name: 'w.safetensors', bytes }], none);
  const renamed = Object.fromEntries(
    [...tensors].reverse().flatMap(([name, tensor]) => (name.endsWith('num_batches_tracked') ? [] : [[`net.${name.replace(/_(\d)/g, '$1')}`, tensor]])),
  );
  const given = [file({ ...renamed, 'net.batchnorm1.num_batches_tracked': { shape: [], data: Float32Array.of(3) } }, { 'fathom.layout': 'channels last' })];
  const refused = await importPyTorch(document, given, options).catch((error: Error) => error.message);
  expect(refused).toMatch(/^these weights are not those of the model:\n {2}\d+ tensors have other names: net\.[\w.]+, \.\.\.\nBy/);
  const map = JSON.parse(/as --map:\n(.*)$/s.exec(refused as string)![1]!);
  const { file: back } = await importPyTorch(document, given, { ...options, map });
  for (const [path, { shape, data }] of await weightsOf(document)) expect(readSafetensors(back).tensors.get(path), path).toEqual({ shape, data });
  const less = file(Object.fromEntries(Object.entries(renamed).slice(1)));
  await expect(importPyTorch(document, [less], options)).rejects.toThrow('Where names differ, give --map a file of them');
});

test('halves have subnormals, infinities and NaN', async () => {
  const { tensors } = await readOne('F16', new Uint8Array(Uint16Array.of(0x0001, 0x03ff, 0x7c00, 0xfc00, 0x7e00, 0x7bff).buffer), 6);
  expect([...tensors.get('w')!.data]).toEqual([2 ** -24, 1023 * 2 ** -24, Infinity, -Infinity, NaN, 65504]);
});

test('whole numbers are taken where a float holds them', async () => {
  expect([...(await readOne('I64', new Uint8Array(BigInt64Array.of(-3n, 2n ** 40n).buffer), 2)).tensors.get('w')!.data]).toEqual([-3, 2 ** 40]);
  await expect(readOne('I64', new Uint8Array(BigInt64Array.of(2n ** 40n + 1n).buffer), 1)).rejects.toThrow('"w": 1099511627777 of I64 is no 32-bit float');
  await expect(readOne('F64', new Uint8Array(Float64Array.of(1e300).buffer), 1)).rejects.toThrow('"w": 1e+300 is beyond the 32-bit floats');
  await expect(readOne('F8_E4M3', Uint8Array.of(1), 1)).rejects.toThrow('w.safetensors: safetensors: "w": expected dtype one of F32, F64');
});

test('parts come by their index, which leads nowhere else', async () => {
  const parts = new Map([
    ['a.safetensors', file({ x: { shape: [2], data: numbers(2) } }).bytes],
    ['b.safetensors', file({ y: { shape: [1], data: numbers(1) } }).bytes],
  ]);
  const index = (weight_map: unknown) => [{ name: 'i.json', bytes: new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map })) }];
  const read = (name: string): Uint8Array => parts.get(name)!;
  const { tensors } = await readTensors(index({ x: 'a.safetensors', y: 'b.safetensors' }), read);
  expect([...tensors.keys()]).toEqual(['x', 'y']);
  for (const [map, message] of [
    [{ x: 'a.safetensors', y: 'a.safetensors' }, 'i.json: "y" should be in a.safetensors, and is not'],
    [{ y: 'a.safetensors' }, 'i.json: "y" should be in a.safetensors, and is not'],
    [{ x: '../a.safetensors' }, 'expected the name of a .safetensors file beside it, got "../a.safetensors"'],
    [3, 'expected an index, {"weight_map"'],
  ] as const)
    await expect(readTensors(index(map), read)).rejects.toThrow(message);
  await expect(
    readTensors(
      [
        { name: 'a.safetensors', bytes: read('a.safetensors') },
        { name: 'c.safetensors', bytes: read('a.safetensors') },
      ],
      none,
    ),
  ).rejects.toThrow('"x" is in two files, a.safetensors and c.safetensors');
  await expect(readTensors([{ name: 'i.json', bytes: Uint8Array.of(0x7b) }], none)).rejects.toThrow(DataError);
});

test.each([
  ['a.pt', 'PK\x03\x04', /got a file of torch\.save: .*checkpoint\["state_dict"\].*save_file.*files\.write/],
  ['old.bin', '\x80\x02\x8a\x0a', 'got a file of torch.save'],
  ['a.npz', 'PK\x03\x04', 'got arrays of NumPy'],
  ['a.npy', '\x93NUMPY\x01\x00', 'got arrays of NumPy'],
  ['a.h5', '\x89HDF\r\n\x1a\n', 'got a file of Keras'],
  ['m.keras', 'PK\x03\x04', 'got a file of Keras'],
  ['m.onnx', '\x08\x07\x12\x07pytorch', /got a network of ONNX: take the weights of the model of PyTorch .*save_file/],
  ['m.tflite', '\x1c\x00\x00\x00TFL3', 'got a file of TensorFlow'],
  ['a.safetensors', 'version https://git-lfs.github.com/spec/v1\noid', 'git lfs pull'],
  ['a.safetensors', '<!DOCTYPE html><html>', 'a page of the web'],
  ['a.safetensors.gz', '\x1f\x8b\x08', 'unpack it first'],
  ['a.gguf', 'GGUF\x03\x00', 'a GGUF file'],
  ['a.safetensors', 'what else', 'no safetensors file'],
])('%s that begins with %j is named, with what to do', async (name, begins, message) => {
  const bytes = Uint8Array.from(begins, (character) => character.charCodeAt(0));
  await expect(readTensors([{ name, bytes }], none)).rejects.toThrow(message);
});

test.each(['module.', '_orig_mod.', 'model.', 'state_dict.', 'module._orig_mod.'])(
  'names behind %s of DistributedDataParallel, torch.compile and Lightning fit',
  async (prefix) => {
    const document = EXPORTED.adamw!;
    const weights = [...(await weightsOf(document))];
    const bytes = (await exportPyTorch(document, { read: readDigits })).get('weights.safetensors') as Uint8Array;
    const { tensors } = await readTensors([{ name: 'w.safetensors', bytes }], none);
    const wrapped = Object.fromEntries([...tensors].map(([name, tensor]) => [prefix + name, tensor]));
    const broken = `${prefix}dense_1.bias`;
    wrapped[broken] = { ...wrapped[broken]!, data: wrapped[broken]!.data.map(() => Number.NaN) };
    const { file: back, notes } = await importPyTorch(document, [file(wrapped)], options);
    expect(readSafetensors(back).tensors.get('dense_1/weight')!.data).toEqual(new Map(weights).get('dense_1/weight')!.data);
    expect(notes).toEqual([`${prefix.slice(0, -1)} before names was left out`, 'dense_1/bias: with values that are NaN or infinite']);
    const twice = file({ ...wrapped, 'dense_1.bias': wrapped[broken]! });
    await expect(importPyTorch(document, [twice], options)).rejects.toThrow('are both dense_1/bias');
  },
);

/** 2 x 2 pixels, 3 channels: PyTorch flattens channel by channel. */
const own = {
  ...EXPORTED.cnn_digits!,
  data: { source: 'arrays', x: [[1, 2, 3, 4]], y: [0], classes: 2 },
  model: {
    layers: [
      { type: 'reshape', shape: [2, 2, 1] },
      { type: 'conv2d', filters: 3, kernelSize: 1 },
      { type: 'activation', name: 'relu' },
      { type: 'flatten' },
      { type: 'dense', units: 2, bias: false },
    ],
  },
  training: { steps: 1, batchSize: 1 },
} as unknown as Experiment;
const theirs = {
  'features.0.weight': { shape: [3, 1, 1, 1], data: numbers(3) },
  'features.0.bias': { shape: [3], data: numbers(3) },
  'classifier.weight': { shape: [2, 12], data: numbers(24) },
  'unused.weight': { shape: [1], data: numbers(1) },
};
const map = { 'features.0.*': 'conv2d_1.*', 'classifier.*': 'dense_1/*', 'unused.*': null };

test('names go by a map, and rows behind a flatten are permuted', async () => {
  const { file: bytes, notes } = await importPyTorch(own, [file(theirs)], { ...options, map });
  const { tensors } = readSafetensors(bytes);
  expect(tensors.get('conv2d_1/weight')!.shape).toEqual([1, 1, 1, 3]);
  // Row `pixel * 3 + channel` here is column `channel * 4 + pixel` there.
  const { data } = tensors.get('dense_1/weight')!;
  for (let pixel = 0; pixel < 4; pixel++)
    for (let channel = 0; channel < 3; channel++)
      for (let unit = 0; unit < 2; unit++) expect(data[(pixel * 3 + channel) * 2 + unit]).toBe(unit * 12 + channel * 4 + pixel + 1);
  expect(notes).toEqual(['dense_1/weight: in the order of channels last; PyTorch flattens maps with their channels first']);
});

test('a map of the bare network fits a wrapped one, and what is too much or too little has its own advice', async () => {
  const { 'unused.weight': _, ...net } = theirs;
  const wrapped = Object.fromEntries(Object.entries(net).map(([name, tensor]) => [`module.${name}`, tensor]));
  const { file: bytes, notes } = await importPyTorch(own, [file(wrapped)], { ...options, map });
  expect(bytes).toEqual((await importPyTorch(own, [file(net)], { ...options, map })).file);
  expect(notes[0]).toBe('module before names was left out');
  const epoch = { shape: [], data: Float32Array.of(7) };
  await expect(importPyTorch(own, [file({ ...net, epoch, decays: { shape: [2], data: numbers(2) } })], { ...options, map })).rejects.toThrow(
    'All that the model has is there; --map leaves the others out: {"epoch":null,"decays":null}',
  );
  await expect(importPyTorch(own, [file({ ...net, epoch })], options)).rejects.toMatchObject({
    map: { 'features.0.*': 'conv2d_1.*', 'classifier.*': 'dense_1.*', epoch: null },
  });
  const { 'features.0.bias': __, ...less } = net;
  await expect(importPyTorch(own, [file(less)], { ...options, map })).rejects.toThrow('Where the layers there have no bias, say so here: "bias": false.');
});

test('what cannot be mapped is refused by name, all at once', async () => {
  const wrong = { ...theirs, 'features.0.bias': { shape: [2], data: numbers(2) } };
  const { 'classifier.*': _, ...rest } = map;
  await expect(importPyTorch(own, [file(wrong)], { ...options, map: rest })).rejects.toThrow(
    [
      'these weights are not those of the model:',
      '  classifier.weight [2, 12] has no place in the model',
      '  conv2d_1/bias: expected [3], and features.0.bias is [2]',
      '  dense_1/weight: no tensor is dense_1.weight [2, 12]',
    ].join('\n'),
  );
  await expect(importPyTorch(own, [file(theirs)], { ...options, map: { ...map, 'unused.*': 'dense_1.*' } })).rejects.toThrow('are both dense_1/weight');
  const mixed = {
    ...own,
    model: { layers: [...own.model.layers.slice(0, 4), { type: 'residual', layers: [{ type: 'dense', units: 2 }] }] },
  } as unknown as Experiment;
  await expect(importPyTorch(mixed, [file(theirs)], { ...options, map })).rejects.toThrow('residual_1 (residual) reads a map that was flattened');
  expect(() => nameMapOf('map', ['a'])).toThrow('map: expected an object of names');
  expect(() => nameMapOf('map', { 'a.*': '*.*' })).toThrow('map: a.*: *.* has more * than it');
});

test('a dense layer before a map has its columns permuted', async () => {
  const layers = [
    { type: 'dense', units: 12 },
    { type: 'activation', name: 'relu' },
    { type: 'reshape', shape: [2, 2, 3] },
    { type: 'global_avg_pool2d' },
    { type: 'dense', units: 2 },
  ];
  const decoder = { ...own, model: { layers } } as unknown as Experiment;
  const given = {
    'dense_1.weight': { shape: [12, 4], data: numbers(48) },
    'dense_1.bias': { shape: [12], data: numbers(12) },
    'dense_2.weight': { shape: [2, 3], data: numbers(6) },
    'dense_2.bias': { shape: [2], data: numbers(2) },
  };
  const { tensors } = readSafetensors((await importPyTorch(decoder, [file(given)], options)).file);
  // Unit `pixel * 3 + channel` here is unit `channel * 4 + pixel` there.
  expect([...tensors.get('dense_1/bias')!.data]).toEqual([1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]);
  expect(tensors.get('dense_1/weight')!.data[1]).toBe(17);
});

test('the command writes a map that is not there, and takes it the second time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('own.json'), JSON.stringify(own));
  const { 'unused.weight': _, ...tensors } = theirs;
  writeFileSync(at('w.safetensors'), file(tensors).bytes);
  const flags = { pytorch: true, map: at('names.json'), out: at('m.safetensors') };
  const run = (more: object = {}) => importCommand(at('own.json'), [at('w.safetensors')], { ...flags, ...more });
  await expect(importCommand(at('own.json'), [at('w.safetensors')], { pytorch: true, out: flags.out })).rejects.toThrow('let `--map names.json` write it');
  await expect(run()).rejects.toThrow('names.json has them now, by shapes and order. Look it over, and give the same line again');
  expect(JSON.parse(readFileSync(flags.map, 'utf8'))).toEqual({ 'features.0.*': 'conv2d_1.*', 'classifier.*': 'dense_1.*' });
  expect(await run()).toBe(0);
  expect(readSafetensors(readFileSync(flags.out)).tensors.get('conv2d_1/bias')!.data).toEqual(numbers(3));
  writeFileSync(at('w.safetensors'), file({ ...tensors, 'b.weight': theirs['unused.weight'] }).bytes);
  await expect(run({ map: at('nmes.json') })).rejects.toThrow('nmes.json: there is no such file');
  writeFileSync(at('i.json'), JSON.stringify({ weight_map: { x: 'part.safetensors' } }));
  await expect(importCommand(at('own.json'), [at('i.json')], flags)).rejects.toThrow('part.safetensors: there is no such file');
  writeFileSync(flags.map, '{');
  await expect(run()).rejects.toThrow('names.json: ');
  rmSync(folder, { recursive: true });
});

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const tensorsOf = async (bytes: Uint8Array) => (await readTensors([{ name: 'w.safetensors', bytes }], none)).tensors;

test('what PyTorch wrote goes back under its names and in its layouts, to the bit, and with the counters of its batch norms', async () => {
  const document = {
    ...own,
    data: { source: 'arrays', x: Array.from({ length: 4 }, () => new Array(32).fill(0)), y: [0, 1, 2, 0], classes: 3 },
    model: {
      layers: [
        { type: 'reshape', shape: [4, 4, 2] },
        { type: 'conv2d', filters: 4, kernelSize: 3, padding: 1 },
        { type: 'batch_norm' },
        { type: 'activation', name: 'relu' },
        { type: 'max_pool2d', kernelSize: 2 },
        { type: 'conv2d', filters: 6, kernelSize: [1, 2], bias: false },
        { type: 'activation', name: 'silu' },
        { type: 'flatten' },
        { type: 'batch_norm' },
        { type: 'dense', units: 5 },
        { type: 'activation', name: 'tanh' },
        { type: 'dense', units: 3 },
      ],
    },
  } as unknown as Experiment;
  const map = {
    'features.0.*': 'conv2d_1.*',
    'features.1.*': 'batch_norm_1.*',
    'features.4.*': 'conv2d_2/*',
    'classifier.1.*': 'batch_norm_2.*',
    'classifier.2.*': 'dense_1.*',
    'classifier.4.*': 'dense_2.*',
  };
  const parts = ['torch_own_1.safetensors', 'torch_own_2.safetensors'].map((name) => ({ name, bytes: fixture(name) }));
  const { file: model } = await importPyTorch(document, parts, { map });
  const { file: back, notes } = await exportStateDict(document, { model, map });
  const there = new Map((await Promise.all(parts.map(({ bytes }) => tensorsOf(bytes)))).flatMap((each) => [...each]));
  const found = await tensorsOf(back);
  expect([...found.keys()].sort()).toEqual([...there.keys()].sort());
  for (const [name, tensor] of there) if (!name.endsWith('tracked')) expect(found.get(name), name).toEqual(tensor);
  expect(notes).toEqual(
    ['batch_norm_2/gamma, batch_norm_2/beta, batch_norm_2/running_mean, batch_norm_2/running_variance, dense_1/weight'].map(
      (each) => `${each}: in the order of channels first, as PyTorch flattens maps`,
    ),
  );
});

test('a map that does not tell the names there is refused, with what to write', async () => {
  const to = (names: Record<string, string | null>) => exportStateDict(own, { read: readDigits, map: names });
  await expect(to({ 'net.*.w*': 'conv2d_1.*' })).rejects.toThrow('map: net.*.w*: conv2d_1.* has fewer * than it, so that the name there of conv2d_1.');
  await expect(to({ 'conv2d_1.*': 'dense_1.*', 'dense_1.*': 'dense_2.*' })).rejects.toThrow('map: conv2d_1.weight has no name there');
  await expect(to({ 'dense_1.weight': null })).rejects.toThrow('map: dense_1.weight has no name there: the map gives dense_1.weight of there to nothing');
  // The first line that fits has the name, here as in the import.
  const { file: bytes } = await to({ 'a.weight': 'conv2d_1.weight', 'a.w*': 'dense_1.w*', 'b.*': 'dense_1.*', 'c.*': 'conv2d_1.*', 'head.*': null });
  expect([...(await tensorsOf(bytes)).keys()].sort()).toEqual(['a.weight', 'b.weight', 'c.bias']);
});

test('the command writes the weights of a model under the names of the map, and no project', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('own.json'), JSON.stringify(own));
  writeFileSync(at('names.json'), JSON.stringify({ 'features.0.*': 'conv2d_1.*', 'classifier.*': 'dense_1.*' }));
  const { 'unused.weight': _, ...tensors } = theirs;
  writeFileSync(at('w.safetensors'), file(tensors).bytes);
  expect(await importCommand(at('own.json'), [at('w.safetensors')], { pytorch: true, map: at('names.json'), out: at('m.safetensors') })).toBe(0);
  const flags = { pytorch: true, model: at('m.safetensors'), map: at('names.json') };
  expect(await exportCommand(at('own.json'), { ...flags, out: at('back.safetensors') })).toBe(0);
  const back = await tensorsOf(readFileSync(at('back.safetensors')));
  for (const [name, tensor] of Object.entries(tensors)) expect(back.get(name), name).toEqual(tensor);
  await expect(exportCommand(at('own.json'), { ...flags, out: at('back.safetensors') })).rejects.toThrow('is there already: give --out another name');
  await expect(exportCommand(at('own.json'), { ...flags, out: at('folder') })).rejects.toThrow('give --out weights.safetensors');
  await expect(exportCommand(at('own.json'), { js: true, map: at('names.json'), out: at('p.mjs') })).rejects.toThrow('give --pytorch');
  await expect(exportCommand(at('own.json'), { ...flags, map: at('no.json'), out: at('b.safetensors') })).rejects.toThrow('no.json: there is no such file');
  rmSync(folder, { recursive: true });
});

test('a network whose outputs are a map comes in and goes back: no weight depends on their order, and the order is said', async () => {
  const layers = [{ type: 'reshape', shape: [2, 2, 1] }, { type: 'conv2d', filters: 2, kernelSize: 1 }, { type: 'flatten' }];
  const data = { source: 'arrays', x: [new Array(4).fill(0), new Array(4).fill(1)], y: [new Array(8).fill(0), new Array(8).fill(1)] };
  const autoencoder = { ...own, data, loss: 'mse', model: { layers } } as unknown as Experiment;
  const given = { 'conv2d_1.weight': { shape: [2, 1, 1, 1], data: numbers(2) }, 'conv2d_1.bias': { shape: [2], data: numbers(2) } };
  const { file: model, notes } = await importPyTorch(autoencoder, [file(given)], options);
  expect(notes).toEqual([
    'the outputs are a map that was flattened, with its channels last: a target that is such a map is saved so too, by np.moveaxis(y, 1, -1)',
  ]);
  const back = await tensorsOf((await exportStateDict(autoencoder, { read: readDigits, model })).file);
  for (const [name, tensor] of Object.entries(given)) expect(back.get(name), name).toEqual(tensor);
});
