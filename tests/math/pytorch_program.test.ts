// A document as one program of PyTorch: what its text says. That it runs, and with the page's losses, tests/page/code_presets.test.ts shows.
import { expect, test } from 'vitest';
import { documentOf } from '../../demo/document.ts';
import { DEFAULTS, type Settings } from '../../demo/settings.ts';
import { parseNpy, unpackNpz } from '../../src/data/npy.ts';
import { docstring } from '../../src/exchange/comments.ts';
import { jsProgram } from '../../src/exchange/js_program.ts';
import { writeNpz } from '../../src/exchange/npz.ts';
import { startFile, torchProgram } from '../../src/exchange/pytorch_program.ts';
import { loadData } from '../../src/experiment/data.ts';
import { parseExperiment } from '../../src/experiment/index.ts';

const program = (patch: Partial<Settings>, data = { features: 2, classIndices: true }): string =>
  torchProgram(parseExperiment(documentOf({ ...DEFAULTS, ...patch })), data);

/** Lines of one text that another has not; what it is called does not count. */
const changed = (before: string, after: string): string[] => after.split('\n').filter((line) => !line.startsWith('#') && !before.split('\n').includes(line));

test('a control changes the lines that hang on it, and no others', () => {
  const before = program({});
  expect(changed(before, program({ gain: 0.9 }))).toEqual(['depth, width, gain = 50, 48, 0.9']);
  expect(changed(before, program({ learningRate: 0.1, clip: 2 }))).toEqual([
    'optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0, dampening=0, nesterov=False)',
    '    nn.utils.clip_grad_norm_(model.parameters(), 2)',
  ]);
  expect(changed(before, program({ activation: 'relu', batchNorm: true, dropout: 0.5 }))).toContain(
    '    return nn.Sequential(dense(fan_in, width, gain), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.5))',
  );
  // A number that happens to be the width is none.
  expect(program({ width: 2, batchNorm: true, dropout: 0.2 })).toContain(
    'nn.Sequential(dense(fan_in, width, gain), nn.BatchNorm1d(width), nn.Tanh(), nn.Dropout(0.2))',
  );
  expect(program({ shortcuts: 'scaled' })).toContain('return x + (depth - 1) ** -0.5 * self.branch(x)');
  expect(program({ depth: 1 })).not.toContain('range(');
});

test('layers of their own are a list each, and the text stays as short', () => {
  const before = program({});
  const own = program({ layers: '1-12w8_relu.20w16' });
  expect(changed(before, own)).toEqual([
    'gain = 0.6963',
    'widths = [8] * 12 + [48] * 7 + [16] + [48] * 30',
    'activations = [nn.ReLU()] * 12 + [nn.Tanh()] * 38',
    'def layer(fan_in, width, activation):',
    '    return nn.Sequential(dense(fan_in, width, gain), activation)',
    '    layer(2, widths[0], activations[0]),',
    '    *map(layer, widths, widths[1:], activations[1:]),',
    '    dense(widths[-1], 2, 1),',
  ]);
  expect(own.split('\n').length - before.split('\n').length).toBe(2);
  expect(changed(program({ depth: 3 }), program({ depth: 3, layers: '2_leaky_relu' }))).toEqual([
    'activations = [nn.Tanh(), nn.LeakyReLU(0.01), nn.Tanh()]',
    'def layer(fan_in, activation):',
    '    return nn.Sequential(dense(fan_in, width, gain), activation)',
    '    layer(2, activations[0]),',
    '    *map(layer, [width] * (depth - 1), activations[1:]),',
  ]);
  // A shortcut across a change of width has weights of its own, which L2 leaves alone.
  const blocks = program({ layers: '1-3w8', shortcuts: 'scaled', l2: 0.01 });
  expect(blocks).toContain('return self.shortcut(x) + (len(widths) - 1) ** -0.5 * self.branch(x)');
  expect(blocks).toContain('for weight in [p for name, p in model.named_parameters() if p.dim() > 1 and "shortcut" not in name][:-1]:');
  // Of two activations in a layer only the first is its own: one that differs in another is written layer by layer.
  const twice = documentOf({ ...DEFAULTS, depth: 2 });
  const one = twice.model.layers[0]!.layers!;
  const two = (name: string): string =>
    torchProgram(
      parseExperiment({
        ...twice,
        model: { layers: [...one, { type: 'activation', name: 'relu' }, ...one, { type: 'activation', name }, twice.model.layers.at(-1)!] },
      }),
      {
        features: 2,
        classIndices: true,
      },
    );
  expect(two('relu')).toContain('nn.Sequential(dense(fan_in, width, gain), nn.Tanh(), nn.ReLU())');
  expect(two('gelu')).toContain('model = Layers({');
  // What is said of layers like all others says nothing.
  expect(changed(program({ depth: 3 }), program({ depth: 3, layers: '2w48_tanh' }))).toEqual([]);
});

test('what the short form cannot say is written layer by layer, and what PyTorch has not is named', () => {
  expect(program({ data: 'digits', layer: 'conv2d', depth: 2, width: 4 }, { features: 64, classIndices: true })).toMatch(
    /class Layers\(nn\.Module\)[\s\S]*model = Layers\(\{[\s\S]*nn\.Conv2d\(4, 4, /,
  );
  expect(() => program({ optimizer: 'lion' })).toThrow('optimizer lion: torch.optim has none');
});

test('the file beside it has the rows in their order, and reads as it was written', async () => {
  const document = parseExperiment(documentOf({ ...DEFAULTS, depth: 2, width: 3 }));
  const arrays = await unpackNpz(startFile(document, await loadData(document)));
  expect(Object.keys(arrays)).toEqual(['x', 'y', 'dense_1.weight', 'dense_1.bias', 'dense_2.weight', 'dense_2.bias', 'dense_3.weight', 'dense_3.bias']);
  expect(parseNpy(arrays.x!).shape).toEqual([800, 2]);
  expect(parseNpy(arrays['dense_1.weight']!).shape).toEqual([3, 2]);
  const bytes = writeNpz(new Map([['y', { shape: [3], data: BigInt64Array.of(2n, 0n, 1n) }]]));
  expect(parseNpy((await unpackNpz(bytes)).y!)).toMatchObject({ shape: [3], data: Float64Array.of(2, 0, 1) });
});

test('a schedule comes with its functions, and sets the rate of each step', () => {
  const of = (schedule: unknown): string => {
    const document = documentOf({ ...DEFAULTS, depth: 2, learningRate: 0.1 });
    return torchProgram(parseExperiment({ ...document, optimizer: { ...document.optimizer, schedule } }), { features: 2, classIndices: true });
  };
  const text = of({ name: 'warmup', steps: 3, startFactor: 0.1, then: { name: 'cosine_restarts', t0: 5 } });
  expect(text).toContain(
    '    return 0.1 * schedule_warmup(step, steps=3, start_factor=0.1, end_factor=1, then=lambda step: schedule_cosine_restarts(step, t_0=5, t_mult=1))\n',
  );
  for (const name of ['cosine', 'cosine_restarts', 'warmup', 'constant']) expect(text.split(`def schedule_${name}(`)).toHaveLength(2);
  // Each stands before what calls it.
  expect(text.indexOf('def schedule_cosine(')).toBeLessThan(text.indexOf('def schedule_cosine_restarts('));
  expect(text.indexOf('import math')).toBeLessThan(text.indexOf('import numpy'));
  expect(text).toContain('        group["lr"] = learning_rate(step - 1)\n    optimizer.zero_grad()');
  // Its function is no number of a step.
  expect(of({ name: 'step', stepSize: 2, gamma: 0.5 })).toContain('return 0.1 * schedule_step(step, step_size=2, gamma=0.5)');
  expect(() => of({ name: 'plateau' })).toThrow('a plateau, which looks at validations: `fathom export --pytorch` writes it, in a folder of files');
});

test('penalties are added in every form, and what no short program says is refused', () => {
  const images = { features: 64, classIndices: true };
  const convolutions = documentOf({ ...DEFAULTS, data: 'digits', layer: 'conv2d', depth: 2, width: 4, l2: 0.01 });
  const text = torchProgram(parseExperiment(convolutions), images);
  expect(text).toContain('        for weight in [p for name, p in model.named_parameters() if p.dim() > 1 and "shortcut" not in name][:-1]:\n');
  expect(text).toContain('            weight.grad.add_(weight, alpha=0.01)\n    optimizer.step()');
  const withL1 = JSON.parse(JSON.stringify(convolutions).replaceAll('"l2":0.01', '"l1":0.02'));
  expect(torchProgram(parseExperiment(withL1), images)).toContain('            weight.grad.add_(weight.sign(), alpha=0.02)');
  const refused = (change: (document: ReturnType<typeof documentOf>) => object): (() => string) => {
    const document = documentOf({ ...DEFAULTS, depth: 2, layers: '1w8' });
    return () => torchProgram(parseExperiment({ ...document, ...change(document) }), { features: 2, classIndices: true });
  };
  expect(refused(({ training }) => ({ training: { ...training, accumulate: 4 } }))).toThrow('training.accumulate: `fathom export --pytorch`');
  expect(refused(({ training }) => ({ training: { ...training, average: { decay: 0.9 } } }))).toThrow('training.average');
  expect(refused(({ model }) => ({ model: { layers: [{ type: 'dense', units: 8, l2: 1 }, { type: 'activation', name: 'tanh' }, ...model.layers] } }))).toThrow(
    'l1 and l2 that differ from layer to layer',
  );
});

test('a name stays a comment, whatever it holds', () => {
  const document = parseExperiment({ ...documentOf({ ...DEFAULTS, depth: 1 }), name: 'a\nimport os\u2028b\rc "d" \\x' });
  const code = (text: string, mark: string): string[] => text.split(/[\n\r\u2028\u2029]/).filter((line) => !line.startsWith(mark));
  expect(code(torchProgram(document, { features: 2, classIndices: true }), '#')[0]).toBe('import numpy as np');
  expect(code(jsProgram(document, { rowsOfNumbers: false }), '//')[0]).toMatch(/^import \{/);
  expect(docstring('"""\\x\u0000')).toBe("'''\\\\x\\\\u0000");
});
