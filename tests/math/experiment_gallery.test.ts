import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trainerOptions } from '../../src/experiment/build.ts';
import { judgeClaim, parseClaim } from '../../src/experiment/claims.ts';
import { loadData } from '../../src/experiment/data.ts';
import type { RunSummary } from '../../src/experiment/run_summary.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

const folder = new URL('../../demo/experiments/', import.meta.url);
const images = new URL('images/', folder);
const jsonIn = (url: URL): string[] => readdirSync(url).filter((name) => name.endsWith('.json'));
const readJson = (url: URL): unknown => JSON.parse(readFileSync(url, 'utf8'));
const read = async (name: string): Promise<string> => readFileSync(new URL(`../data/${name}`, folder), 'utf8');

import type { Sequential } from '../../src/nn/sequential.ts';
import { batchTypes } from '../../src/train/step_graph.ts';

describe('the gallery', () => {
  it.each([...jsonIn(folder), ...jsonIn(images).map((file) => `images/${file}`)])(
    '%s is a good document with a name and a sentence, and its parts fit',
    async (file) => {
      const document = parseExperiment(readJson(new URL(file, folder)));
      expect(document.name).toBeTruthy();
      expect(document.description).toMatch(/\.$/);
      const data = await loadData(document, read);
      const { model, loss } = trainerOptions(document, data);
      const outputs = document.loss === 'softmax_cross_entropy' ? data.train.classes : data.train.targetSize;
      const types = batchTypes(model as Sequential, loss, { x: { shape: [data.train.features], dtype: 'f32' } }, 1);
      expect(types.outputs.y!.shape).toEqual([1, outputs]);
    },
  );
});

describe('claims', () => {
  const claims = new URL('claims/', folder);
  it('has one for each row of the table of claims, and one of convolutions', () => {
    expect(jsonIn(claims)).toHaveLength(18);
  });
  it.each(jsonIn(claims))('%s is well-formed and uses all its experiments', (file) => {
    const claim = parseClaim(readJson(new URL(file, claims)));
    const used = new Set(claim.expects.flatMap(({ left, right }) => [left.experiment, ...(typeof right === 'number' ? [] : [right.experiment])]));
    expect([...used].sort()).toEqual([...claim.experiments.keys()].sort());
  });

  const document = readJson(new URL('digits.json', folder));
  const minimal = {
    claim: 'c',
    verdict: 'fails',
    because: 'b',
    experiments: { a: document, b: document },
    expects: [{ left: 'a.lastLoss', is: '<', right: 'b.lastLoss', times: 0.5 }],
  };
  const figures = (lastLoss: number): RunSummary => ({ lastLoss }) as RunSummary;

  it.each([
    [1, 3, true],
    [2, 3, false],
    [Number.NaN, 3, false],
  ])('judges %d < 0.5 x %d: %s', (a, b, stands) => {
    const judged = judgeClaim(
      parseClaim(minimal),
      new Map([
        ['a', figures(a)],
        ['b', figures(b)],
      ]),
    );
    expect(judged.stands).toBe(stands);
    expect(judged.lines[0]!.text).toBe(`a: last loss ${a} < 0.5 x (b: last loss 3)`);
  });

  it.each<[object, string]>([
    [{ expects: [{ left: 'c.lastLoss', is: '<', right: 1 }] }, 'expects[0].left: expected one of the experiments a, b; got "c"'],
    [{ expects: [{ left: 'a.lostLoss', is: '<', right: 1 }] }, 'expects[0].left: expected a figure out of'],
    [{ experiments: { a: { ...(document as object), loss: 'x' }, b: document } }, 'experiments.a: loss: expected one of'],
    [{ verdict: 'maybe' }, 'verdict: expected one of holds, fails, half true'],
  ])('names what is wrong', (change, message) => {
    expect(() => parseClaim({ ...minimal, ...change })).toThrow(message);
  });
});
