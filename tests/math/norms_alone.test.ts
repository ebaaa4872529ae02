// Histories that have little: norms alone, or nothing but losses. The rules use what is there, and say what they could not judge.
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/experiment/diagnose.ts';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import { headerLine, stepLine } from '../../src/experiment/history_schema.ts';
import { fathomHistory } from '../../src/experiment/logs/fathom_history.ts';
import { logSource, textSource } from '../../src/experiment/logs/log_source.ts';
import { inColumns } from '../../src/inspect/read_history.ts';
import { cpuTime } from '../support/cpu_time.ts';
import { history, layers, stuckLoss } from '../support/synthetic_history.ts';

const header = (count: number, more: object = {}): string =>
  JSON.stringify({ format: 'fathom-history/2', layers: Array.from({ length: count }, (_, i) => ({ name: `blocks.${i}.mlp`, kind: undefined })), ...more });
const TASK = { task: { kind: 'classification', classes: 10 } };

/** A file whose layers have the norm of their weight gradient and nothing else. */
function normsFile(
  norm: (layer: number, step: number) => number,
  loss: (step: number) => number,
  { count = 8, steps = 60, more = TASK as object } = {},
): string {
  const lines = Array.from({ length: steps }, (_, t) =>
    JSON.stringify({ step: t, loss: loss(t), layers: Array.from({ length: count }, (_, l) => ({ weight_gradient: { l2: norm(l, t) } })) }),
  );
  return [header(count, more), ...lines].join('\n');
}
const judged = (text: string) => diagnose(parseHistory(text));
const rulesOf = (text: string): string[] => judged(text).findings.map(({ rule }) => rule);

describe('norms of weight gradients alone', () => {
  it('show a gradient that vanishes, in words that say what was seen', () => {
    const { findings, unchecked } = judged(
      normsFile(
        (l) => 10 ** (l - 8),
        () => 2.3,
      ),
    );
    expect(findings[0]).toMatchObject({ rule: 'vanishing_with_depth', layer: 'blocks.0.mlp', evidence: { of: 'weight_gradient' } });
    expect(findings[0]!.message).toMatch(/the gradient of the weights shrinks to 0\.000001 of its size, a factor of 0\.1 per layer/);
    expect(unchecked.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['forward_scale', 'dead_units', 'saturated', 'update_size']));
  });

  it('show one that explodes', () => {
    expect(
      rulesOf(
        normsFile(
          (l) => 10 ** (6 - l),
          (t) => 2.3 + 0.001 * t,
        ),
      )[0],
    ).toBe('exploding_with_depth');
  });

  it('are quiet of one odd layer: an embedding, a convolution over many positions', () => {
    const loss = (t: number): number => 2.3 - 0.005 * t;
    expect(rulesOf(normsFile((l) => (l === 0 ? 500 : 1), loss))).toEqual([]);
    expect(rulesOf(normsFile((l) => (l === 0 ? 1e-4 : 1), loss))).toEqual([]);
  });

  it('show gradients that are too small to learn from, by what no mean can be above', () => {
    expect(
      rulesOf(
        normsFile(
          () => 1e-9,
          () => 2.3,
        ),
      ),
    ).toContain('absolutely_tiny');
    expect(
      rulesOf(
        normsFile(
          (_, t) => (t < 10 ? 1 : 1e-9),
          () => 2.3,
        ),
      ),
    ).not.toContain('absolutely_tiny');
  });

  it('of a run that learns are healthy, and the rules that could not judge are listed', () => {
    const { findings, unchecked } = judged(
      normsFile(
        () => 0.3,
        (t) => 2.3 * Math.exp(-t / 15),
      ),
    );
    expect(findings).toEqual([]);
    expect(unchecked.find(({ rule }) => rule === 'vanishing_with_depth')).toEqual({ rule: 'vanishing_with_depth', why: 'no statistics of delta' });
  });

  it('of a probe say the same as whole statistics', () => {
    const shape = { layers: layers(10), loss: stuckLoss, tensors: { delta: (l: number) => ({ rms: 10 ** (l - 10) }) } };
    const whole = history(shape);
    const alone = {
      ...whole,
      steps: whole.steps.map(({ layers: records, ...step }) => ({
        ...step,
        layers: records!.map(({ tensors }) => ({ tensors: {}, norms: { delta: tensors.delta!.l2, weight_gradient: tensors.weight_gradient!.l2 } })),
      })),
    };
    const ratio = ({ findings }: ReturnType<typeof diagnose>) => findings.find(({ rule }) => rule === 'vanishing_with_depth')?.evidence.ratio as number;
    expect(ratio(diagnose(alone))).toBeCloseTo(ratio(diagnose(whole)), 12);
  });
});

describe('a history of losses', () => {
  const losses = (loss: (t: number) => number, count = 60, first = 0): string =>
    [header(0), ...Array.from({ length: count }, (_, t) => JSON.stringify({ step: first + t, loss: loss(t) }))].join('\n');

  it('needs neither layers nor norms nor rates: what is absent is not NaN', () => {
    const { findings, unchecked } = judged(losses((t) => 2.3 * Math.exp(-t / 15)));
    expect(findings).toEqual([]);
    expect(unchecked.find(({ rule }) => rule === 'gradient_spikes')?.why).toBe('no norm of the gradient');
    const read = parseHistory(losses(() => 1));
    expect(Object.keys(read.steps.at(0)!)).toEqual(['step', 'loss']);
    expect(JSON.parse(stepLine(read.steps.at(0)!))).toEqual({ step: 0, loss: 1 });
    expect(headerLine(read)).toContain('"layers":[]');
  });

  it('says where it diverged, without naming a rate that it does not know', () => {
    const [finding] = judged(losses((t) => (t < 5 ? 2.3 : 50))).findings;
    expect(finding).toMatchObject({ rule: 'learning_rate_too_high', message: expect.stringMatching(/^With this learning rate the loss rose from 2\.3 to 50/) });
    expect(finding!.evidence).not.toHaveProperty('learningRate');
  });

  it('finds the step that was not finite, bare as Python writes it', () => {
    const [finding] = judged(`${losses(() => 2.3)}\n{"step": 60, "loss": NaN, "gradientNorm": -Infinity}`).findings;
    expect(finding).toMatchObject({ rule: 'non_finite', step: 60, evidence: { tensor: 'loss' } });
  });

  it('that begins late does not say what knowing nothing costs: rules that need it say so', () => {
    const { findings, unchecked } = judged(losses(() => 0.05, 60, 5000));
    expect(findings).toEqual([]);
    const because = unchecked.filter(({ why }) => why === 'the loss of the best constant answer is not known').map(({ rule }) => rule);
    expect(because).toEqual(expect.arrayContaining(['learning_rate_too_high', 'learning_rate_too_low', 'absolutely_tiny']));
  });
});

describe('a file as it comes', () => {
  const text = normsFile(
    () => 0.3,
    (t) => 2.3 * Math.exp(-t / 15),
    { count: 3, steps: 40 },
  );
  const read = (bytes: Uint8Array) =>
    fathomHistory.read(
      logSource('run.jsonl', bytes.length, () => [bytes.subarray(0, 1000), bytes.subarray(1000)]),
      {},
    );

  it('may be UTF-16 or UTF-8 with a mark', () => {
    const utf16 = (big: boolean, mark: boolean): Uint8Array => {
      const given = (mark ? '\ufeff' : '') + text;
      const view = new DataView(new ArrayBuffer(2 * given.length));
      for (let i = 0; i < given.length; i++) view.setUint16(2 * i, given.charCodeAt(i), !big);
      return new Uint8Array(view.buffer);
    };
    for (const bytes of [utf16(false, true), utf16(true, true), utf16(false, false), new TextEncoder().encode(`\ufeff${text}`)])
      expect(read(bytes).history.steps.length).toBe(40);
  });

  it('may go back to a checkpoint: the steps after it are those that were logged last', () => {
    const back = [...text.split('\n'), ...Array.from({ length: 20 }, (_, i) => JSON.stringify({ step: 30 + i, loss: 9 }))].join('\n');
    const { history, notes } = fathomHistory.read(textSource('run.jsonl', back), {});
    expect([...history.steps.numbers]).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(history.steps.loss[30]).toBe(9);
    expect(notes).toEqual([expect.stringMatching(/^Line 42: step 30 comes after step 39: training went on from there/)]);
  });

  it('may hold several runs: the last is read, and any can be asked for', () => {
    const two = `${text}\n${normsFile(
      () => 0.3,
      () => 2.3,
      { count: 5, steps: 7 },
    )}`;
    const { history, notes } = fathomHistory.read(textSource('run.jsonl', two), {});
    expect([history.layers.length, history.steps.length, notes]).toEqual([5, 7, ['The file holds 2 runs: this is the last; --run 1 takes the first.']]);
    expect(fathomHistory.read(textSource('run.jsonl', two), { run: 1 }).history.steps.length).toBe(40);
    expect(() => fathomHistory.read(textSource('run.jsonl', two), { run: 3 })).toThrow('--run 3: the file holds 2 runs');
    expect(parseHistory(two).steps.length).toBe(7);
  });

  it('may end within a line, of which a word is said; elsewhere such a line is an error', () => {
    const { history, notes } = fathomHistory.read(textSource('run.jsonl', text.slice(0, -30)), {});
    expect([history.steps.length, notes[0]]).toEqual([39, expect.stringMatching(/^The last line is not whole: it was left out \(history, line 41/)]);
    const lines = text.split('\n');
    expect(() => fathomHistory.read(textSource('run.jsonl', [...lines.slice(0, 20), '{"step": 5', ...lines.slice(20)].join('\n')), {})).toThrow(
      'history, line 21',
    );
  });
});

it('5,000 layers are judged within 10 s', () => {
  const started = cpuTime();
  const file = normsFile(
    (l) => 0.1 + (l % 7),
    () => 2.3,
    { count: 5000, steps: 6 },
  );
  expect(diagnose(inColumns('test', fathomHistory.read(textSource('run.jsonl', file), {}).history)).findings.map(({ rule }) => rule)).not.toContain(
    'vanishing_with_depth',
  );
  expect(cpuTime() - started).toBeLessThan(10_000);
});
