import { parseHTML } from 'linkedom/worker';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { DataError, DeviceError } from '../../src/errors.ts';
import { extent } from '../../src/experiment/charts.ts';
import { diagnosisJsonSchema, trialsJson, trialsJsonSchema, trialsSchema } from '../../src/experiment/diagnosis_json.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { toJson } from '../../src/experiment/json.ts';
import { depthOf } from '../../src/experiment/layers.ts';
import { htmlReport, markdownReport } from '../../src/experiment/report.ts';
import type { RowPredictions } from '../../src/experiment/row_predictions.ts';
import type { RunResult } from '../../src/experiment/run.ts';
import { deltaRatio, summaryOf } from '../../src/experiment/run_summary.ts';
import { type RemedyTrial, tryRemedies } from '../../src/experiment/try_remedies.ts';
import { diagnose } from '../../src/inspect/diagnose/index.ts';
import type { History, HistoryData, TensorStats } from '../../src/inspect/history.ts';

import { Steps } from '../../src/inspect/steps.ts';

const stats = (rms: number): TensorStats => ({
  count: 100,
  l2: rms * 10,
  rms,
  mean: 0,
  std: rms,
  min: -rms,
  max: rms,
  absMean: rms,
  zeroFraction: 0,
  nanCount: 0,
  infCount: 0,
  histogram: [1, 98, 1],
});

const sick: Experiment = {
  description: 'What to <see>.',
  data: { source: 'digits', split: { validation: 0.2 } },
  model: {
    layers: [
      {
        type: 'repeat',
        times: 10,
        layers: [
          { type: 'dense', units: 64, initializer: { scheme: 'glorot_normal' } },
          { type: 'activation', name: 'sigmoid' },
        ],
      },
      { type: 'dense', units: 10 },
    ],
  },
  loss: 'softmax_cross_entropy',
  optimizer: { name: 'sgd', learningRate: 0.1 },
  training: { steps: 40, batchSize: 32 },
};

/** A run as it might be: the gradient shrinks by `factor` per layer, the loss falls where it arrives. */
function pretend(document: Experiment, factor: number, learns: boolean): RunResult {
  const hidden = depthOf(document.model.layers);
  const layers = Array.from({ length: hidden + 1 }, (_, i) => ({
    name: `dense_${i + 1}`,
    role: i < hidden ? ('hidden' as const) : ('output' as const),
    activation: 'sigmoid',
    fanIn: 64,
    width: 64,
    batchNorm: false,
    residual: false,
  }));
  const history: History = {
    layers,
    steps: new Steps(
      Array.from({ length: 40 }, (_, i) => ({
        step: i + 1,
        epoch: 0,
        loss: learns ? 2.3 * 0.9 ** i : 2.3,
        regularizationLoss: 0,
        gradientNorm: 1,
        learningRate: 0.1,
        layers: layers.map((_, l) => ({
          tensors: { z: stats(1), delta: stats(factor ** (hidden - 1 - l)), weight_gradient: stats(factor ** (hidden - l)) },
          updateToWeight: { l2: 1e-3, absMean: 1e-3 },
        })),
      })),
    ),
    validations: [{ step: 40, epoch: 1, trainLoss: learns ? 1 : 2.3, validationLoss: learns ? 1.1 : 2.31, validationAccuracy: 0.5 }],
    histogramEdges: [1e-3, 1e3],
    task: { kind: 'classification', classes: 10 },
  };
  const loss = learns ? 0.05 : 2.3;
  return {
    document,
    adapter: { description: 'none', vendor: '', architecture: '', fallback: true, unknown: false },
    start: { layers, rows: { train: 10, validation: 2, test: 0 }, steps: 40, stepsPerEpoch: 10, summary: '', inputMeanSquare: 1 },
    history,
    status: 'finished',
    train: { loss, accuracy: 0.9 },
    validation: { loss, accuracy: 0.8 },
    predictions: predictions(learns ? 5 : 0),
    milliseconds: 80,
    msPerStep: 2,
    counts: { dispatches: 1, pipelines: 1, bytes: 1 },
  };
}

/** Answers to 40 rows of ten classes that are as sure as `right` says; the larger, the lower the loss. */
function predictions(right: number, rows = 40): RowPredictions {
  const targets = Array.from({ length: rows }, (_, row) => row % 10);
  return {
    split: 'validation',
    rows,
    targets,
    outputs: targets.flatMap((target, row) => Array.from({ length: 10 }, (_, i) => (i === target ? right : (row % 3) / 10))),
  };
}

const names = (document: Experiment): string => JSON.stringify(document.model.layers);
/** Only batch norm helps here. */
const run = async (document: Experiment): Promise<RunResult> =>
  names(document).includes('batch_norm') ? pretend(document, 1, true) : pretend(document, 0.1, false);

describe('treat', () => {
  it('tries what the findings propose, and tells help from no help', async () => {
    const treatment = await tryRemedies(sick, { run });
    expect(treatment.before.findings[0]!.rule).toBe('vanishing_with_depth');
    const verdicts = Object.fromEntries(treatment.trials.map(({ remedy, verdict }) => [remedy, verdict]));
    expect(verdicts).toMatchObject({ activation: 'did not help', batch_norm: 'helped' });
    expect(verdicts).not.toHaveProperty('critical_initialisation'); // useless for sigmoid
    expect(treatment.best).toMatchObject({
      remedy: 'batch_norm',
      because: 'validation loss 2.39 → 0.0649, knowing nothing 2.3',
      rule: 'vanishing_with_depth',
      changes: ['+ model.layers[0].layers[1]: {"type":"batch_norm"}'],
    });
    // It wins nearly all that there is: nothing more is tried.
    expect(treatment.trials.at(-1)).toBe(treatment.best);
  });

  it('runs each attempt from the same seed, and what helped from two others', async () => {
    const seeds = new Map<number | undefined, number>();
    await tryRemedies(
      { ...sick, seed: 7 },
      {
        run: (document) => {
          seeds.set(document.seed, (seeds.get(document.seed) ?? 0) + 1);
          return run(document);
        },
      },
    );
    expect([...seeds.keys()]).toEqual([7, 1008, 2009]);
    expect([seeds.get(1008), seeds.get(2009)]).toEqual([1, 1]);
  });

  it('what helps with one seed alone was luck', async () => {
    const lucky = await tryRemedies(sick, { run: (document) => (document.seed === undefined ? run(document) : run(sick)) });
    const trial = lucky.trials.find(({ remedy }) => remedy === 'batch_norm')!;
    expect(trial).toMatchObject({ verdict: 'in part', wonByOtherSeeds: [0, 0] });
    expect(trial.because).toMatch(/; with other seeds it wins 0.0 % and 0.0 %, with this one 97/);
    expect(lucky.best).toBeUndefined();
  });

  it('tries nothing on a healthy network, and no more than asked', async () => {
    expect((await tryRemedies(sick, { run: async (document) => pretend(document, 1, true) })).trials).toEqual([]);
    const none = await tryRemedies(sick, { run: async (document) => pretend(document, 0.1, false), max: 3 });
    expect(none.trials).toHaveLength(3);
    expect(none.best).toBeUndefined();
  });

  /** What batch norm makes of a network whose untreated predictions are `before`. */
  const withBatchNorm = async (before: RowPredictions, after: RowPredictions, more: Partial<RunResult> = {}): Promise<RemedyTrial> => {
    const { trials } = await tryRemedies(sick, {
      run: async (document) =>
        names(document).includes('batch_norm')
          ? { ...pretend(document, 1, true), predictions: after, ...more }
          : { ...pretend(document, 0.1, false), predictions: before },
    });
    return trials.find(({ remedy }) => remedy === 'batch_norm')!;
  };

  it('goes by the predictions, not by the findings', async () => {
    // The finding is gone, and the model knows as little as before.
    expect(await withBatchNorm(predictions(0), predictions(0))).toMatchObject({
      verdict: 'did not help',
      because: expect.stringContaining('no better than knowing nothing'),
    });
    // Better than nothing, but no better than before.
    expect(await withBatchNorm(predictions(4), predictions(4))).toMatchObject({
      verdict: 'did not help',
      // Of how many standard errors it is short nobody asks; what is left they do.
      because: expect.stringMatching(/^no better than before: validation loss \S+ → \S+, knowing nothing \S+(; .* (is|are) left)?$/),
    });
    expect(await withBatchNorm(predictions(0), predictions(5, 12))).toMatchObject({ verdict: 'too few rows' });
    const { history } = pretend(sick, 1, true);
    const nonFinite = { history: { ...history, nonFinite: { step: 3, tensor: 'loss', nanCount: 1, infCount: 0 } }, status: 'non_finite' } as Partial<RunResult>;
    expect(await withBatchNorm(predictions(0), predictions(5), nonFinite)).toMatchObject({ verdict: 'did not help', because: 'turned non-finite at step 3' });
  });

  it('is in part a help where another wins much more, which is tried after it', async () => {
    const { trials, best } = await tryRemedies(sick, {
      run: async (document) => ({
        ...pretend(document, 0.1, false),
        predictions: predictions(names(document).includes('residual') ? 6 : names(document).includes('batch_norm') ? 1.5 : 0),
      }),
    });
    const [norm, shortcuts] = ['batch_norm', 'residual'].map((name) => trials.find(({ remedy }) => remedy === name)!);
    expect(norm).toMatchObject({ verdict: 'in part', because: expect.stringMatching(/residual wins 9\d\.\d %|are left/) });
    expect(shortcuts).toBe(best);
  });

  it('tries two where one alone wins nothing', async () => {
    const { best } = await tryRemedies(sick, {
      max: 30,
      run: async (document) => ({
        ...pretend(document, 0.1, false),
        predictions: predictions(names(document).includes('relu') && names(document).includes('batch_norm') ? 5 : 0),
      }),
    });
    expect(best).toMatchObject({ remedy: expect.stringMatching(/^(activation \+ batch_norm|batch_norm \+ activation)$/), verdict: 'helped' });
  });

  it('mends what is seen once the first cause is gone', async () => {
    // With batch norm the gradient arrives, and rows are learned by heart.
    const { best, trials } = await tryRemedies(sick, {
      run: async (document) => {
        if (!names(document).includes('batch_norm')) return pretend(document, 0.1, false);
        const mended = pretend(document, 1, true);
        if (document.training.earlyStopping) return mended;
        const validations = [1, 2, 3, 4].map((i) => ({ step: 10 * i, epoch: i, trainLoss: 0.1, validationLoss: 2 + i, validationAccuracy: 0.1 }));
        return { ...mended, history: { ...mended.history, validations }, predictions: predictions(-2) };
      },
    });
    expect(trials.find(({ remedy }) => remedy === 'batch_norm')).toMatchObject({
      verdict: 'did not help',
      because: expect.stringContaining('overfitting is left'),
    });
    expect(best).toMatchObject({ remedy: 'batch_norm + early_stopping', rule: 'overfitting', verdict: 'helped' });
  });

  it('stops where nothing wins, and says so', async () => {
    const labels: string[] = [];
    const tried = await tryRemedies(sick, {
      run: async (document, label) => {
        labels.push(label);
        return pretend(document, 0.1, false);
      },
    });
    const { trials, best, whyNone } = tried;
    expect(best).toBeUndefined();
    // Four for the cause, two of the usual ones, and the first with another rate and with two of the others.
    expect(trials.map(({ remedy }) => remedy)).toEqual([
      'activation',
      'batch_norm',
      'residual',
      'fewer_layers',
      'learning_rate',
      'optimizer',
      'activation + learning_rate',
      'activation + batch_norm',
      'activation + residual',
    ]);
    // The rest are short runs that look for a rate.
    expect(labels.length).toBeLessThanOrEqual(24);
    expect(whyNone).toContain('None wins anything over knowing nothing');
    expect(trialsJson(tried)).toMatchObject({ best: null, whyNone });
  });
});

describe('a document that is refused', () => {
  /** Refuses documents as a trainer does whose loss takes other labels. */
  const refusing =
    (fits: (document: Experiment) => boolean, calls: string[] = []) =>
    async (document: Experiment, label: string): Promise<RunResult> => {
      calls.push(label);
      if (!fits(document)) throw new DataError(`${document.loss}: other labels, please`);
      return pretend(document, 1, true);
    };
  const zeroOne = { ...sick, loss: 'hinge', data: { source: 'arrays', x: [[0], [1], [2], [3]], y: [0, 1, 0, 1] } } as unknown as Experiment;

  it('is run with the loss that fits its targets, and what is tried is named beside what was given', async () => {
    const calls: string[] = [];
    const tried = await tryRemedies(zeroOne, { run: refusing(({ loss }) => loss === 'bce_with_logits', calls) });
    expect(tried.admission).toMatchObject({
      refused: 'hinge: other labels, please',
      remedy: 'loss',
      changes: [expect.stringContaining('bce_with_logits')],
    });
    expect(tried.before.result.document.loss).toBe('bce_with_logits');
    expect(calls.slice(0, 2)).toEqual(['before', 'loss']);
    const json: unknown = JSON.parse(toJson(trialsJson(tried)));
    expect(v.parse(trialsSchema, json)).toEqual(json);
    expect(json).toMatchObject({ admission: { refused: 'hinge: other labels, please', remedy: 'loss', document: { loss: 'bce_with_logits' } } });
  });
  it('is run with the other loss where nothing is known of the targets in its file', async () => {
    const table = { ...sick, loss: 'bce_with_logits', data: { source: 'csv', path: 'a.csv', target: 'y' } } as unknown as Experiment;
    const { admission } = await tryRemedies(table, { run: refusing(({ loss }) => loss === 'hinge') });
    expect(admission).toMatchObject({ remedy: 'loss', proposal: { why: 'bce_with_logits refuses these targets, and hinge takes them.' } });
  });
  it('stays refused by its own words where no change lifts that, and where something else failed', async () => {
    await expect(tryRemedies(zeroOne, { run: refusing(() => false) })).rejects.toThrow('hinge: other labels, please');
    const lost = async (document: Experiment): Promise<RunResult> => {
      throw document.loss === 'hinge' ? new DataError('labels') : new DeviceError('lost', 'the device is gone');
    };
    await expect(tryRemedies(zeroOne, { run: lost })).rejects.toThrow('the device is gone');
    await expect(tryRemedies(zeroOne, { run: () => Promise.reject(new TypeError('a bug')) })).rejects.toThrow('a bug');
  });
});

describe('JSON', () => {
  it('is as its schema says, and names what was changed', async () => {
    const json: unknown = JSON.parse(toJson(trialsJson(await tryRemedies(sick, { run }))));
    expect(v.parse(trialsSchema, json)).toEqual(json);
    expect(json).toMatchObject({
      best: { remedy: 'batch_norm', changes: ['+ model.layers[0].layers[1]: {"type":"batch_norm"}'], document: { loss: 'softmax_cross_entropy' } },
    });
    const { trials, findings } = json as Record<'trials' | 'findings', Record<string, unknown>[]>;
    expect(findings[0]).toMatchObject({
      rule: 'vanishing_with_depth',
      severity: 'severe',
      layers: ['dense_1'],
      remedies: ['activation', 'batch_norm', 'residual', 'fewer_layers'],
    });
    expect(trials.at(-1)).toMatchObject({ remedy: 'batch_norm', about: expect.stringContaining('rescales each layer'), verdict: 'helped', unit: 'loss' });
    expect(trials.at(-1)!.loss).toBeLessThan(0.1);
    expect(trials.at(-1)!.untreatedLoss).toBeGreaterThan(2.3);
    expect(trials.at(-1)!.baselineLoss).toBeCloseTo(Math.log(10), 6);
  });
  it('has published schemas', () => {
    expect(trialsJsonSchema()).toMatchObject({ type: 'object', required: ['findings', 'unchecked', 'trials', 'best'] });
    expect(diagnosisJsonSchema()).toMatchObject({ type: 'object', required: ['findings', 'unchecked'] });
  });
});

describe('figures', () => {
  it('compares the first hidden layer with the last, not with the output', () => {
    const { history } = pretend(sick, 0.1, false);
    expect(deltaRatio(history, history.steps.at(0))).toBeCloseTo(1e-9, 20);
    expect(summaryOf(pretend(sick, 0.1, true))).toMatchObject({ nonFiniteStep: 0, validationAccuracy: 0.8, steps: 40 });
    expect(summaryOf(pretend(sick, 0.1, true)).testAccuracy).toBeNaN();
  });
});

describe('reports', () => {
  const dom = (): Document => parseHTML('<!doctype html><html><body></body></html>').document as unknown as Document;

  it('is one HTML file with findings, remedies, charts and the document', async () => {
    const treatment = await tryRemedies(sick, { run });
    const { result } = treatment.before;
    const html = htmlReport({ title: 'A & B', history: result.history, result, tried: treatment, versions: { Fathom: '1' } }, dom());
    expect(html).toContain('A &#38; B');
    expect(html).toContain('What to &#60;see&#62;.');
    expect(html).not.toMatch(/<script|<link|src=|href="http/);
    expect(html.match(/<svg/g)).toHaveLength(6);
    for (const title of ['Loss', 'Gradient over time', 'Gradient against depth', 'Signal against depth', 'Update size', 'Sizes of delta'])
      expect(html).toContain(`<b>${title}</b>`);
    expect(html).toContain('theory before the first step, dashed');
    expect(html).toContain('best: helped: validation loss 2.39 → 0.0649, knowing nothing 2.3');
    expect(html.replace(/base64,[^"]+/, '')).not.toMatch(/NaN|undefined/);
  });

  it('is Markdown with the same tables', () => {
    const result = pretend(sick, 0.1, false);
    const text = markdownReport({ title: 'sick', history: result.history, result });
    expect(text).toContain('**The gradient vanishes with depth** (severe, dense_1)');
    expect(text).toContain('| train | 10 | 2.3 | 90.0 % |');
    expect(text).toContain('"source": "digits"');
  });

  it('are text in Markdown as in HTML, whatever names and descriptions hold', () => {
    const { history } = pretend(sick, 0.1, false);
    const hostile = '<img src=x onerror=alert(1)> [a](javascript:x) `b` | *c* _d_ https://e.example';
    const layers = history.layers.map((layer) => ({ ...layer, name: `${hostile}\n# ${layer.name}` }));
    const result = pretend(sick, 0.1, false);
    const document = { ...result.document, name: hostile, description: `# ${hostile}` };
    const text = markdownReport({ title: hostile, history: { ...history, layers }, result: { ...result, document } });
    // But for the document, which stands in a block of code.
    const outside = text.slice(0, text.indexOf('```json'));
    expect(outside).not.toMatch(/<img|(?<!\\)\]\(|(?<!\\)`|(?<!\\|\*)\*c|(?<![\\\w])_d|https:/);
    expect(outside).toContain('# &lt;img src=x onerror=alert(1)&gt; \\[a\\](javascript:x) \\`b\\` \\| \\*c\\* \\_d\\_');
    expect(outside).toContain('\n\\# &lt;img');
    expect(outside.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
    const cells = outside.split('\n').filter((line) => /^\| (\d+|out) \| &lt;img/.test(line));
    expect(cells.map((line) => line.split(/(?<!\\)\|/).length)).toEqual(layers.map(() => cells[0]!.split(/(?<!\\)\|/).length));
    expect(cells).toHaveLength(layers.length);
  });

  it('have the document to download, and folded, so that it takes no room', async () => {
    const { result } = (await tryRemedies(sick, { run })).before;
    const html = htmlReport({ title: 'A/B "x" é', history: result.history, result, font: 'data:font/woff2;base64,AA' }, dom());
    const [, name, link] = /<a download="([^"]+)" href="data:application\/json;base64,([^"]+)"/.exec(html)!;
    expect(name).toBe('A-B-x-é.json');
    expect(JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(link!), (char) => char.charCodeAt(0))))).toEqual(result.document);
    expect(html).toMatch(/<details><summary>Read it here<\/summary><pre>/);
    expect(html).toContain('src: url("data:font/woff2;base64,AA")');
    expect(markdownReport({ title: 'a', history: result.history, result })).toMatch(
      /<details><summary>Document<\/summary>\n\n```json\n[^`]+\n```\n\n<\/details>\n$/,
    );
  });

  it('has the layers as the page: numbered, the output at the top, with their colours', () => {
    const result = pretend(sick, 0.1, false);
    const html = htmlReport({ title: 'a', history: result.history, result }, dom());
    const cells = [...html.matchAll(/<td class="s">(?:<span class="swatch" style="background:(rgb\([\d ]+\))"><\/span>)?(out|\d+)<\/td><td>([^<]+)/g)].map(
      ([, colour, number, name]) => [number, name, colour !== undefined],
    );
    const names = result.history.layers.map((layer) => layer.name);
    expect(cells).toEqual(names.map((name, i) => [i + 1 === names.length ? 'out' : String(i + 1), name, true]).toReversed());
    expect(html).toContain('class="scale"');
  });

  const hostileNames = [
    `<img src=x onerror=alert(1)>"><script>alert(1)</script>' onmouseover='alert(1)</style></svg></pre></title><script>alert(1)</script>&lt;b&gt;&#60;i&#62;`,
    '\u001b[2J\u001b]0;title\u0007\u009b31m\r\u0000\u202egpj.exe\u2066\u200f',
    '```\n<b>x</b>\n# heading\n---',
  ];
  it.each(hostileNames)('stay text, whatever they hold: %j', (name) => {
    const base = pretend(sick, 0.1, false);
    const history: HistoryData = {
      ...base.history,
      layers: base.history.layers.map((layer, i) => ({ ...layer, name: `${name}${i}`, activation: name, branchOf: name })),
      validations: [
        { step: 1, epoch: 1, trainLoss: 1, validationLoss: 1, validationMetrics: { [name]: 1 } },
        { step: 2, epoch: 1, trainLoss: 1, validationLoss: 1, validationMetrics: { [name]: 2 } },
      ],
      nonFinite: { step: 2, layer: name, tensor: 'z', nanCount: 1, infCount: 0 },
      recoveries: [],
    };
    const document = { ...base.document, name, description: name };
    const result = { ...base, document, adapter: { ...base.adapter, description: name } };
    const findings = diagnose(history).findings.map((finding) => ({ ...finding, title: name, layer: name, message: name, evidence: { [name]: name } }));
    const input = {
      title: name,
      history,
      result,
      diagnosis: { findings, unchecked: [{ rule: name, why: name }] },
      versions: { [name]: name },
    } as unknown as Parameters<typeof htmlReport>[0];
    const html = htmlReport(input, dom());
    const page = parseHTML(html).document;
    expect(page.querySelectorAll('script, img, b > b, i > i, iframe, link')).toHaveLength(0);
    for (const element of page.querySelectorAll('*')) for (const { name: attribute } of element.attributes) expect(attribute).not.toMatch(/^on/i);
    for (const text of [html, markdownReport(input)]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
    }
    expect(markdownReport(input).replace(/```json\n[\s\S]*?\n```/, '')).not.toMatch(/<(?!\/?(details|summary)>)/);
  });

  it('say how much of the updates the weights took in, where some lost part of them', () => {
    const { history } = pretend(sick, 0.1, false);
    const given = (applied: number): string =>
      markdownReport({
        title: 'sick',
        history: {
          ...history,
          steps: history.steps.map(({ layers = [], ...step }) => ({
            ...step,
            layers: layers.map((layer) => ({ ...layer, updateToWeight: { l2: 1e-7, absMean: 1e-7, applied } })),
          })),
        },
      });
    expect(given(0.125)).toMatch(/\| update \/ weight \| applied \|.*\n.*\n.*\| 1\.0e-7 \| 12\.5 % \|/);
    expect(given(0.99)).not.toContain('applied');
  });

  it('draw more numbers than a call may have arguments', () => {
    const values = Array.from({ length: 300_000 }, (_, i) => i);
    expect(() => Math.min(...values)).toThrow(RangeError);
    expect(extent(values)).toEqual([0, 299_999]);
  });
});
