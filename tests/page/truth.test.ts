// What the page says is true: of runs that blew up, learned nothing or have not begun, of addresses and files that make no sense, in both languages.
import { describe, expect, test } from 'vitest';
import { documentOf } from '../../demo/document.ts';
import { foresee } from '../../demo/engine/theory.ts';
import { number } from '../../demo/format.ts';
import { loadWords, translator } from '../../demo/i18n.ts';
import { spansDecades, tick } from '../../demo/parts/loss_chart.ts';
import type { TheoryMessage } from '../../demo/protocol.ts';
import type { Run } from '../../demo/run.ts';
import { DEFAULTS } from '../../demo/settings.ts';
import { looksLikeOne, readerFor, unknownIn } from '../../demo/store.ts';
import { findingEvidence, findingMessage, numbered, verdict } from '../../demo/verdict.ts';
import { parseExperiment } from '../../src/experiment/index.ts';
import { findingOf, runOf, stepOf } from './runs.ts';

await loadWords('zh');

const say = (run: Run | null, { before = null, language = 'en', ...more }: Partial<Parameters<typeof verdict>[0]> = {}) =>
  verdict({ run, before, tried: null, stale: false, language, t: translator(language), ...more });
const [healthy, dying] = [(steps = 30) => runOf(40, 1, steps), () => runOf(40, 0.5, 30)];

describe('the headline', () => {
  test('of a network that is paused before its first step is that it is ready, with what theory says', () => {
    const run = runOf(40, 1, 0);
    expect(say(run).state).toBe('start');
    expect(say(run, { playing: false })).toMatchObject({ state: 'ready', title: 'Ready. Press play.' });
    const delta = Float32Array.from({ length: 40 }, (_, l) => (39 - l) * Math.log10(0.5));
    run.start = { ...run.start, theory: { delta, factor: 0.5, chi: delta } satisfies TheoryMessage };
    expect(say(run, { playing: false }).lead).toBe('Theory says: <b>1 in 550 billion</b> will arrive at layer 1.');
    expect(say(run, { playing: false, language: 'zh' }).lead).toBe('按理论，到达第 1 层的会是 <b>5500 亿分之一</b>。');
  });

  test('of a link to a comparison is that of a comparison from the first moment on', () =>
    expect(say(runOf(40, 0.5, 3), { preparing: true }).state).toBe('comparing'));

  test('never calls a run healthy or fixed whose loss blew up', () => {
    const blown = runOf(40, 1, 30, (step) => 0.7 * 2 ** step);
    expect(say(blown)).toMatchObject({ state: 'finding', lead: expect.stringContaining('The loss went from 1.4 to 7.5e8.') });
    expect(say(blown, { before: dying() })).toMatchObject({ state: 'finding', lead: expect.stringContaining('But: The loss went from') });
    expect(say(blown, { before: healthy() }).state).toBe('finding');
  });

  test('never calls a run healthy or worth keeping in which something grave was found', () => {
    const run = healthy();
    run.findings = [findingOf('learning_rate_too_high', 'severe')];
    expect(say(run, { before: dying() })).toMatchObject({ state: 'finding', lead: expect.stringContaining('But: learning_rate_too_high.') });
    run.findings = [findingOf('loss_stuck', 'warn')];
    expect(say(run, { before: healthy() }).state).toBe('finding');
  });

  test('says after many steps that a fixed gradient alone taught nothing', () => {
    const judged = (steps: number): Run => {
      const run = healthy(steps);
      run.judgement = { type: 'judgement', run: 1, verdict: 'did not help', unit: 'loss', loss: 0.7, untreatedLoss: 0.7, baselineLoss: 0.69 };
      return run;
    };
    expect(say(judged(30), { before: dying() }).state).toBe('fixed');
    expect(say(judged(300), { before: dying() })).toMatchObject({ state: 'worse', title: 'The gradient arrives, and still nothing is learned.' });
  });

  test('judges a remedy by the first steps and says what became of it', () => {
    const run = healthy(5);
    for (let step = 6; step <= 40; step++) run.add(stepAfter(step));
    expect(say(run, { before: dying() })).toMatchObject({
      state: 'fixed',
      lead: expect.stringMatching(/received <b>100\u2009%<\/b> .* Now it is 1 in 550 billion\./),
    });
  });

  test('of a run that learns with a small gradient is that it learns', () => {
    const run = runOf(40, 0.8, 60);
    expect(say(run).state).toBe('fading');
    run.diagnosed = true;
    expect(say(run).state).toBe('learned');
    run.findings = [findingOf('vanishing_with_depth', 'warn')];
    expect(say(run).state).toBe('fading');
  });

  test('names what overflowed in words, by the number of its layer', () => {
    const run = runOf(4, 1, 3);
    run.nonFinite = { step: 4, layer: 'dense_2', tensor: 'weight_gradient', nanCount: 3, infCount: 1 };
    expect(say(run)).toMatchObject({ title: 'Layer 2 became infinite at step 4.', lead: expect.stringContaining('4 numbers of its <b>weight gradients</b>') });
    expect(say(run, { language: 'zh' }).lead).toContain('<b>权重梯度</b>中有 4 个数已溢出');
    run.nonFinite = { step: 4, layer: 'dense_5', tensor: 'z', nanCount: 3, infCount: 1 };
    expect(say(run).title).toBe('The output layer became infinite at step 4.');
  });
});

/** A step at which the gradient of the first of forty layers has died. */
function stepAfter(step: number) {
  return stepOf(40, step, 0.5, 0.7);
}

describe('findings', () => {
  test('name layers as the page numbers them, in both languages', () => {
    const run = runOf(40, 0.5, 1);
    const finding = findingOf('vanishing_with_depth', 'severe', {
      message: 'On its way from dense_40 to dense_1 the gradient shrinks; dense_41 is fine.',
      layer: 1,
    });
    expect(findingMessage(finding, run, 'en', translator('en'))).toBe('On its way from layer 40 to layer 1 the gradient shrinks; the output layer is fine.');
    expect(findingMessage(finding, run, 'zh', translator('zh'))).toBe('vanishing_with_depth（第 1 层）：1。');
    expect(numbered('98.dense is no name of it.', run, translator('en'))).toBe('98.dense is no name of it.');
  });

  test('have no figure that says nothing', () => {
    expect(number(1e-45)).toBe('<1e\u221238');
    expect(number(0)).toBe('0');
    const words = { title: '', evidence: '{tensor} at step {step}' };
    const finding = findingOf('non_finite', 'severe', {
      evidence: { tensor: 'weight_gradient', step: 3 },
      text: { en: words, zh: { title: '', evidence: '第 {step} 步的{tensor}' } },
    });
    expect(findingEvidence(finding, 4, 'en')).toBe('weight gradients at step 3');
    expect(findingEvidence(finding, 4, 'zh')).toBe('第 3 步的权重梯度');
  });
});

describe('an address', () => {
  test('says what of it there is not', () => {
    expect(unknownIn('#depth=20&theme=dark&before=gain%3D0.5&rate=0.1')).toEqual([]);
    expect(unknownIn('#depth=1e9&activation=nonsense&colour=red&gain=&batchNorm=yes&before=width%3D0')).toEqual([
      'depth=1e9',
      'activation=nonsense',
      'colour=red',
      'gain=',
      'batchNorm=yes',
      'before: width=0',
    ]);
    expect(unknownIn('#data=moons&param_turns=3')).toEqual(['param_turns=3']);
    expect(unknownIn('#preset=too-small')).toEqual([]);
    expect(unknownIn('#preset=none')).toEqual(['preset=none']);
  });

  test('cannot ask for a document of a thousand layers, nor for one that is none', async () => {
    const document = documentOf({ ...DEFAULTS, depth: 100 });
    expect(looksLikeOne(document)).toBe(true);
    const addressed = (json: unknown): string => `#document=${encodeURIComponent(JSON.stringify(json))}`;
    await readerFor(addressed(document));
    expect(unknownIn(addressed(document))).toEqual([]);
    const layers = [{ type: 'repeat', times: 1000, layers: [{ type: 'dense', units: 4 }] }];
    for (const wrong of [{ ...document, model: { layers } }, { ...document, model: {} }, { a: 1 }, [], null, 3])
      expect(unknownIn(addressed(wrong)), JSON.stringify(wrong)).toEqual(['document']);
  });
});

test('the axis of the loss is logarithmic above three decades, and its numbers have room', () => {
  expect(
    spansDecades([
      [1, 2],
      [0.7, 0.1],
    ]),
  ).toBe(false);
  expect(
    spansDecades([
      [1, 2],
      [0.7, null],
      [800, 5],
    ]),
  ).toBe(true);
  expect(spansDecades([[1], [0.7]])).toBe(false);
  for (const value of [0, 0.1, 0.4, 1e-5, 0.8, 160, 5000, 2.5e4, 1e13, 5e37]) expect(tick(value).length).toBeLessThanOrEqual(5);
  expect([tick(2.5e4), tick(1e13), tick(1e-5)]).toEqual(['2.5e4', '1e13', '1e\u22125']);
});

describe('theory', () => {
  const reason = (settings: Partial<typeof DEFAULTS>, features: number) => {
    const { theory, noTheory } = foresee(parseExperiment(documentOf({ ...DEFAULTS, ...settings })), features, 1);
    return noTheory ?? theory !== null;
  };

  test('is drawn only where it holds', () => {
    expect(reason({}, 2)).toBe(true);
    expect(reason({ shortcuts: 'plain' }, 2)).toBe(true);
    expect(reason({ batchNorm: true, data: 'digits' }, 64)).toBe(true);
    // Measured: 10 to the power of 2.3 where the theory of twenty layers would have 0.7.
    expect(reason({ batchNorm: true }, 2)).toBe('flat_data');
    expect(reason({ depth: 1 }, 2)).toBe(false);
  });

  test('says of activations after the sum of a shortcut what documents are told: nothing, but for rows with a norm before the sum', () => {
    const dense = { type: 'dense', units: 8 };
    const relu = { type: 'activation', name: 'relu' };
    const of = (start: object[], branch: object[]) => {
      const layers = [...start, { type: 'repeat', times: 4, layers: [{ type: 'residual', layers: branch }, relu] }, { type: 'dense', units: 2 }];
      return foresee(parseExperiment({ ...documentOf({ ...DEFAULTS, data: 'digits' }), model: { layers } }), 64, 1);
    };
    expect(of([dense, relu], [dense, relu, dense])).toEqual({ theory: null, noTheory: 'post_activation' });
    expect(of([dense], [dense, { type: 'batch_norm' }])).toEqual({ theory: expect.objectContaining({ factor: expect.any(Number) }) });
  });
});
