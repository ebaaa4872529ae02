// Layers of the page's network with a width or activation of their own: the text in the address, and the network that is built of it.
import { expect, test } from 'vitest';
import { documentOf } from '../../demo/document.ts';
import { handOf } from '../../demo/engine/hand.ts';
import { foresee } from '../../demo/engine/theory.ts';
import { exceptionsIn, exceptionsOf, ownOf } from '../../demo/layers/exceptions.ts';
import { differsWords, differWords } from '../../demo/layers/said.ts';
import { presetOf } from '../../demo/presets.ts';
import { settingsOf } from '../../demo/read_document.ts';
import { DEFAULTS, decodeSettings, encodeSettings, type Settings } from '../../demo/settings.ts';
import { unknownIn } from '../../demo/store.ts';
import { parseExperiment, REMEDIES } from '../../src/experiment/index.ts';

const TEXT = '1-12w8_relu.20w16.30_leaky_relu';
const withLayers = (patch: Partial<Settings>): Settings => ({ ...DEFAULTS, layers: TEXT, ...patch });

/** Hidden units and activations of a document, as the engine reads it. */
function hiddenOf(settings: Settings): [units: unknown, activation: unknown][] {
  const found: [unknown, unknown][] = [];
  const visit = (layers: readonly { type: string; [key: string]: unknown }[]): void => {
    for (const layer of layers) {
      if (layer.layers) for (let n = 0; n < Number(layer.times ?? 1); n++) visit(layer.layers as typeof layers);
      else if (layer.type === 'dense' || layer.type === 'conv2d') found.push([layer.units ?? layer.filters, undefined]);
      else if (layer.type === 'activation') found.at(-1)![1] = layer.name;
    }
  };
  visit(parseExperiment(documentOf(settings)).model.layers as never);
  return found.slice(0, -1);
}

test('a text is pieces in order, and comes back from what each layer has', () => {
  expect(exceptionsIn('')).toEqual([]);
  expect(exceptionsIn(TEXT)).toEqual([
    { from: 1, to: 12, width: 8, activation: 'relu' },
    { from: 20, to: 20, width: 16 },
    { from: 30, to: 30, activation: 'leaky_relu' },
  ]);
  expect(exceptionsOf(ownOf(TEXT, 50))).toBe(TEXT);
  // Neighbours that are alike are one piece, and what lies beyond the depth is none.
  expect(exceptionsOf(ownOf('1-3w8.4w8.9w8', 6))).toBe('1-4w8');
  for (const wrong of ['1', 'w8', '0w8', '3-2w8', '1-4w8.4w9', '5w8.1w8', '1w8.', '1w8,2w8', '1w1e3', '-1w8', '1_', '1-2-3w8', '1w8_relu_'.repeat(2), 'x'])
    expect(exceptionsIn(wrong)?.every(({ activation }) => activation === undefined) ?? null, wrong).not.toBe(true);
});

test('an address holds it and brings it back; what there is not is named and left out', () => {
  for (const settings of [withLayers({}), withLayers({ width: 20, activation: 'sigmoid' })]) {
    expect(encodeSettings(settings)).toContain(`layers=${TEXT}`);
    expect(decodeSettings(encodeSettings(settings))).toEqual(settings);
    expect(unknownIn(`#${encodeSettings(settings)}`)).toEqual([]);
  }
  // A shallower network keeps in its address the layers that it has.
  expect(encodeSettings(withLayers({ depth: 10 }))).toBe('depth=10&layers=1-10w8_relu');
  for (const wrong of ['51w8', '1w1', '1w999', '1_nonsense', '1-12w8_relu.12w9', 'x', '1_constructor']) {
    expect(decodeSettings(`layers=${wrong}`), wrong).toEqual(DEFAULTS);
    expect(unknownIn(`#layers=${wrong}`), wrong).toEqual([`layers=${wrong}`]);
  }
  expect(unknownIn('#depth=60&layers=51w8')).toEqual([]);
  expect(unknownIn('#preset=shortcuts&layers=30w8')).toEqual(['layers=30w8']);
  // What a ResNet's block adds must fit its trunk.
  expect(unknownIn('#preset=resnet&layers=2w4')).toEqual(['layers=2w4']);
  expect(unknownIn(`#before=${encodeURIComponent('depth=4&layers=5w8')}`)).toEqual(['before: layers=5w8']);
});

test.each([
  ['dense', withLayers({})],
  ['with batch norm and dropout', withLayers({ batchNorm: true, dropout: 0.2 })],
  ['with shortcuts', withLayers({ shortcuts: 'plain' })],
  ['with scaled shortcuts', withLayers({ shortcuts: 'scaled', layers: '1w8.3-4_relu' })],
  ['convolutions', withLayers({ data: 'digits', layer: 'conv2d', depth: 5, width: 4, layers: '1-2w3_relu.5_gelu' })],
  ['most of the layers', withLayers({ layers: '1-49w8_relu' })],
])('the network has them, and its document is these controls: %s', (_name, settings) => {
  const own = ownOf(settings.layers, settings.depth);
  expect(hiddenOf(settings)).toEqual(own.map(({ width = settings.width, activation = settings.activation }) => [width, activation]));
  expect(settingsOf(documentOf(settings), null, settings)).toEqual({ ...settings, noise: DEFAULTS.noise });
});

test('a remedy leaves them', () => {
  const fixed = (id: keyof typeof REMEDIES, settings: Settings) =>
    settingsOf(REMEDIES[id].propose(parseExperiment(documentOf(settings)))!.document as never, null, settings);
  expect(fixed('optimizer', withLayers({}))).toMatchObject({ layers: TEXT, optimizer: 'adam' });
  // Most layers may be exceptions: what was common before still is.
  expect(fixed('critical_initialisation', withLayers({ layers: '1-40w8' }))).toMatchObject({ layers: '1-40w8', width: 48, gain: 1 });
});

test('a ResNet has none, and layers beyond the depth wait there', () => {
  const resnet = presetOf('resnet')!;
  expect(documentOf({ ...resnet, layers: '2w4' })).toEqual(documentOf(resnet));
  expect(documentOf(withLayers({ depth: 10, layers: '11w8' }))).toEqual(documentOf({ ...DEFAULTS, depth: 10 }));
});

test('theory walks through them; the hand, which has one factor to turn, does not', () => {
  const foreseen = (patch: Partial<Settings>) => foresee(parseExperiment(documentOf({ ...DEFAULTS, ...patch })), 2, 1);
  const handed = (patch: Partial<Settings>) => handOf(parseExperiment(documentOf({ ...DEFAULTS, ...patch })), 2, 1);
  const { delta: plain } = foreseen({}).theory!;
  const { delta } = foreseen({ layers: '1-12_relu' }).theory!;
  // The layers above are the same, and of ReLU at this gain a layer hands on less than half the root of its gain.
  expect(delta[40]).toBeCloseTo(plain[40]!, 6);
  expect(delta[5]! - delta[6]!).toBeCloseTo(Math.log10(DEFAULTS.gain / Math.SQRT2), 5);
  // Widths alone: a variance of 1/fan-in is made for them. The gradient itself grows with what layer below has fewer units.
  expect(foreseen({ layers: '1-12w8' }).theory).not.toBeNull();
  expect(handed({})).not.toBeNull();
  for (const layers of ['1-12_relu', '1-12w8', '50w8']) expect(handed({ layers }), layers).toBeNull();
});

test('which layers differ is said in both languages, shortly, and not of what is as the others', () => {
  expect(differWords(withLayers({}), 'en')).toEqual(['layers 1–12: × 8, ReLU', 'layer 20: × 16', 'layer 30: Leaky ReLU']);
  expect(differWords(withLayers({}), 'zh')).toEqual(['第 1–12 层：× 8、ReLU', '第 20 层：× 16', '第 30 层：Leaky ReLU']);
  expect(differWords(withLayers({ layers: '1w8.3w8.5w8.7w8' }), 'en')).toEqual(['layer 1: × 8', 'layer 3: × 8', '2 more']);
  expect(differWords(withLayers({ layers: '1w48_tanh.2w48_relu', depth: 10 }), 'en')).toEqual(['layer 2: ReLU']);
  const state = (patch: Partial<Settings>) => ({ settings: withLayers(patch), document: null, language: 'en' as const });
  expect([differsWords(state({})), differsWords(state({}), 5), differsWords(state({}), 20), differsWords(state({}), 21)]).toEqual([
    ...[' · 14 differ', ' · × 8, ReLU', ' · × 16', ''],
  ]);
  expect([differsWords(state({ layers: '' })), differsWords(state({ layers: '3w8' })), differsWords(state({ depth: 2, layers: '3w8' }))]).toEqual([
    '',
    ' · 1 differs',
    '',
  ]);
  expect(differsWords({ ...state({}), document: documentOf(DEFAULTS) })).toBe('');
});
