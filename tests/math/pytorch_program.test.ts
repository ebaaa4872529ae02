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
  expect(blocks).toContain('for weight in [linear.weight for linear in model.modules() if isinstance(linear, nn.Linear) and linear.bias is not None][:-1]:');
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

test('a name stays a comment, whatever it holds', () => {
  const document = parseExperiment({ ...documentOf({ ...DEFAULTS, depth: 1 }), name: 'a\nimport os\u2028b\rc "d" \\x' });
  const code = (text: string, mark: string): string[] => text.split(/[\n\r\u2028\u2029]/).filter((line) => !line.startsWith(mark));
  expect(code(torchProgram(document, { features: 2, classIndices: true }), '#')[0]).toBe('import numpy as np');
  expect(code(jsProgram(document, { rowsOfNumbers: false }), '//')[0]).toMatch(/^import \{/);
  expect(docstring('"""\\x\u0000')).toBe("'''\\\\x\\\\u0000");
});
