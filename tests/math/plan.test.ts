// A plan is data: it can be cloned, compared, stored and read back.
import { expect, test } from 'vitest';
import { DataError, UsageError } from '../../src/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, dense, dropout, repeat, residual } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { scaleOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { explain } from '../../src/scheduler/explain.ts';
import { placeOf } from '../../src/scheduler/place_of.ts';
import type { Plan } from '../../src/scheduler/plan.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { openPlan, storePlan } from '../../src/scheduler/stored.ts';
import { PORTABLE, SWIFTSHADER, stepGraph } from '../support/models.ts';

/** A whole step with everything that can watch it; as if it were planned in another program at every call. */
function stepPlan(capabilities = SWIFTSHADER): Plan {
  const layers = [repeat(2, [dense(8), batchNorm(), activation('gelu'), dropout(0.1), residual([dense(8), activation('relu')])]), dense(3)];
  const step = stepGraph(sequential(layers), {
    probes: {
      activity: activity(),
      tensors: ['z', 'h', 'delta', 'weight_gradient', 'update'],
      histograms: histograms({ every: 5 }),
      norms: norms({ every: 1 }),
    },
  });
  return schedule(step.graph, { capabilities, gradientSlots: step.gradientSlots, retain: [step.losses] });
}

function productPlan(capabilities = SWIFTSHADER): Plan {
  const graph = new Graph();
  const y = graph.apply(matmulOp, [graph.input('x', [2, 3]), graph.parameter('w', [3, 4])], {}, 'y')[0]!;
  return schedule(graph, { capabilities, retain: [y] });
}

test('the same program gives the same plan, on another kind of adapter another', () => {
  expect(stepPlan()).toEqual(stepPlan());
  expect(stepPlan(PORTABLE)).not.toEqual(stepPlan());
});

test('a plan goes through what workers send, and is explained there', () => {
  const plan = stepPlan();
  const sent = structuredClone(plan);
  expect(sent).toEqual(plan);
  expect(explain(sent)).toBe(explain(plan));
});

test('values are found by themselves or by name', () => {
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const [a, b, c] = ['twice', 'twice', 'once'].map((name) => graph.apply(scaleOp, [x], { factor: 2 }, name)[0]!) as [typeof x, typeof x, typeof x];
  const plan = schedule(graph, { capabilities: SWIFTSHADER, retain: [a, b] });
  expect(placeOf(plan, 'x')).toEqual(placeOf(plan, x));
  expect(placeOf(plan, a).offset).not.toBe(placeOf(plan, b).offset);
  expect(() => placeOf(plan, 'twice')).toThrow('2 values of this plan are named "twice": give them different names');
  expect(() => placeOf(plan, 'nobody')).toThrow('there is no "nobody" in this plan: it keeps x, twice');
  expect(() => placeOf(plan, c)).toThrow('once is not in this plan: name it in `outputs`');
  expect(() => placeOf(productPlan(), a)).toThrow('twice is not in this plan');
  for (const none of [null, {}, { places: 3 }, storePlan(plan)]) {
    expect(() => placeOf(none as never, 'x')).toThrow(UsageError);
    expect(() => placeOf(none as never, x)).toThrow('placeOf: expected a plan');
  }
});

test('a plan that was stored is the same when it is opened', () => {
  for (const plan of [productPlan(), stepPlan(), stepPlan(PORTABLE)]) {
    const text = storePlan(plan);
    const opened = openPlan(text);
    expect(opened).toEqual(plan);
    expect(explain(opened)).toBe(explain(plan));
    expect(storePlan(opened)).toBe(text);
    // Written otherwise, the JSON says the same.
    expect(openPlan(JSON.stringify(JSON.parse(text), null, 2))).toEqual(plan);
    expect(openPlan(JSON.parse(text))).toEqual(plan);
  }
});

test('a plan holds the text of each shader once', () => {
  const { sources } = JSON.parse(storePlan(stepPlan()));
  expect(new Set(sources.map(({ file }: { file: string }) => file)).size).toBe(sources.length);
});

test.each([
  ['no JSON', '{"format":', /^plan: expected the JSON text that storePlan returned: /],
  ['nothing', undefined, 'plan: expected the JSON text that storePlan returned, got undefined'],
  ['a list', '[]', 'plan: expected the JSON text that storePlan returned, got []'],
  ['another format', '{"format":"fathom-history/1"}', 'plan: expected "format": "fathom-plan/2", got "fathom-history/1": give what storePlan returned'],
  ['no version', '{"format":"fathom-plan/"}', 'plan: expected "format": "fathom-plan/2", got "fathom-plan/"'],
  [
    'a newer version',
    '{"format":"fathom-plan/3"}',
    'plan: its format is "fathom-plan/3", and this version of the package reads fathom-plan/2: use a newer one',
  ],
  ['an older version', '{"format":"fathom-plan/1"}', 'plan: its format is "fathom-plan/1", of an earlier version: make it again with storePlan'],
])('%s is refused', (_name, stored, message) => {
  expect(() => openPlan(stored)).toThrow(DataError);
  expect(() => openPlan(stored)).toThrow(message);
});

type Json = Record<string, unknown>;

test('a damaged plan is refused, with the place of the damage where one can be told', () => {
  const text = storePlan(productPlan());
  const changed = (change: (plan: Json) => void): string => {
    const plan = JSON.parse(text) as Json;
    change(plan);
    return JSON.stringify(plan);
  };
  const dispatch = (plan: Json): Json => (plan.dispatches as Json[])[0]!;
  const wrong: [string, string][] = [
    [changed((plan) => delete plan.places), 'plan: places: expected a list, got undefined: it is damaged: store it again'],
    [changed((plan) => Object.assign(plan, { params: '?' })), 'plan: params: expected base64, got "?"'],
    [changed((plan) => Object.assign(dispatch(plan), { workgroups: [1, 0, 1] })), 'plan: dispatches[0].workgroups: expected three positive numbers'],
    [changed((plan) => Object.assign(dispatch(plan), { overrides: { FOLDED: null } })), 'plan: dispatches[0].overrides.FOLDED: expected a number, got null'],
    [changed((plan) => ((plan.layout as Json).words = 128)), 'plan: its checksum is not that of what it holds'],
  ];
  for (const [stored, message] of wrong) expect(() => openPlan(stored)).toThrow(message);

  // Whatever is lost or of another kind, anywhere at the top: never a raw error.
  for (const name of Object.keys(JSON.parse(text)))
    for (const value of [undefined, null, 7, 'seven', [], {}, [7], [{}]])
      if (JSON.stringify(value) !== JSON.stringify(JSON.parse(text)[name]))
        expect(() => openPlan(changed((plan) => Object.assign(plan, { [name]: value }))), `${name}: ${value}`).toThrow(DataError);
  // Any character.
  for (let at = 0; at < text.length; at += 61) {
    const spoiled = `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
    expect(() => openPlan(spoiled), `character ${at}`).toThrow(DataError);
  }
  for (let length = 0; length < text.length; length += 997) expect(() => openPlan(text.slice(0, length))).toThrow(DataError);
});

test('what fits the rules and reaches beyond a buffer is refused', () => {
  const plan = productPlan();
  const [dispatch] = plan.dispatches;
  const [binding, ...others] = dispatch!.bindings;
  const moved = (range: object): string =>
    storePlan({ ...plan, dispatches: [{ ...dispatch!, bindings: [{ ...binding!, range: { ...binding!.range, ...range } }, ...others] }] });
  expect(() => openPlan(moved({ offset: 2 ** 20 }))).toThrow(/plan: dispatches\[0\].bindings\[0\]: expected a range within the \d+ bytes of activations/);
  expect(() => openPlan(moved({ buffer: 'elsewhere' }))).toThrow('expected a buffer of the plan, got "elsewhere"');
  expect(() => openPlan(storePlan({ ...plan, params: new Uint8Array(0) }))).toThrow('plan: dispatches[0].params: expected a range within 0 bytes');
  expect(() => openPlan(storePlan({ ...plan, places: plan.places.map((placed) => ({ ...placed, size: 1 })) }))).toThrow(
    'plan: places[0].size: expected 6, got 1',
  );
});
