// A document as one program of PyTorch: what its text says. That it runs, and with the page's losses, tests/page/code_presets.test.ts shows.
import { expect, test } from 'vitest';
import { documentOf } from '../../demo/document.ts';
import { DEFAULTS, type Settings } from '../../demo/settings.ts';
import { parseNpy, unpackNpz } from '../../src/data/npy.ts';
import { writeNpz } from '../../src/exchange/npz.ts';
import { startFile, torchProgram } from '../../src/exchange/pytorch_program.ts';
import { loadData } from '../../src/experiment/data.ts';
import { parseExperiment } from '../../src/experiment/index.ts';

const program = (patch: Partial<Settings>, data = { features: 2, classIndices: true }): string =>
  torchProgram(parseExperiment(documentOf({ ...DEFAULTS, ...patch })), data);

/** Lines of one text that another has not. */
const changed = (before: string, after: string): string[] => after.split('\n').filter((line) => !before.split('\n').includes(line));

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
  expect(program({ shortcuts: 'scaled' })).toContain('return x + (depth - 1) ** -0.5 * self.branch(x)');
  expect(program({ depth: 1 })).not.toContain('range(');
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
