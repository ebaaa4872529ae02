// Every kernel of a plan on the device at hand, beside float64: wrong numbers must not pass unnoticed on anybody's adapter.
import { Engine } from '../engine.ts';
import { show, UsageError } from '../errors.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import type { Capabilities } from '../graph/op.ts';
import { loadKernels } from '../ops/kernel_choice.ts';
import type { OptionTable } from '../option_table.ts';
import { readOptions } from '../option_table.ts';
import { REFERENCE } from '../reference/index.ts';
import { type Plan, requirePlan } from '../scheduler/plan.ts';
import { planOf } from '../scheduler/schedule.ts';
import { sizeOf } from '../shape.ts';
import { trainerOf } from '../train/facts_source.ts';
import { checkNode, type Outcome, type Worst } from './check_node.ts';
import { contentsOf } from './contents.ts';
import { type Isolated, isolate, variantOf } from './isolate.ts';
import { type Source, sourcesOf } from './origin.ts';

/** How a self-test is done. */
export interface SelfTestOptions {
  /** Whether wrong kernels are replaced, and training refused where that does not help; true by default. False only tells. */
  act?: boolean;
  /** How long it may take, about; 5 by default. What is not reached by then is not tested: the largest tensors come last. */
  seconds?: number;
}

/** A kernel as a plan has it compiled, and what came of it. */
export interface VariantResult {
  /** Its name. */
  readonly kernel: string;
  /** The WGSL files that are linked, the kernel's first. */
  readonly files: readonly string[];
  /** Its pipeline constants. */
  readonly overrides: Readonly<Record<string, number>>;
  /** Dispatches of the plan that run it. */
  readonly dispatches: number;
  /** What the device computes with it. */
  readonly verdict: 'right' | 'wrong' | 'not tested';
  /** The farthest number from float64, as a fraction of the largest of its tensor; absent where it was not tested. */
  readonly error?: number;
  /** Which number that is, what came and what is right; or why it was not tested. */
  readonly detail: string;
}

/** What a self-test found. */
export interface SelfTestResult {
  /** Which device. */
  readonly adapter: AdapterSummary;
  /** Each kernel variant of the plan. */
  readonly variants: readonly VariantResult[];
  /** After `replaced`: the variants of the plan that took its place. */
  readonly portable?: readonly VariantResult[];
  /** `right`: no tested kernel is wrong. `replaced`: some were, and portable ones that are right took their place. `wrong`: some are; with `act`, the engine refuses to train. */
  readonly verdict: 'right' | 'replaced' | 'wrong';
  /** A sentence or two for people. */
  readonly message: string;
  /** How long it took. */
  readonly seconds: number;
}

const options = {
  act: { type: 'boolean', default: true },
  seconds: { type: 'number', min: 0.1, max: 3600, default: 5 },
} as const satisfies OptionTable<SelfTestOptions>;

/** Distance from float64 up to which a kernel is right: a hundred times the rounding of a sum, and a thousandth of what a lost part of one makes. */
export const RIGHT_WITHIN = 1e-4;
/** Multiply-adds and elements of a node, of which float64 takes a fraction of a second. */
const LARGEST = 2 ** 28;
/** Nodes of other sizes that a variant is tried on. */
const NODES_PER_VARIANT = 2;
/** Nodes that are on the device at once. */
const AT_ONCE = 8;

/**
 * Tries each kernel of a plan on the engine's device: compiled as it is in the plan, on seeded numbers and a small batch that goes through whole tiles and tails,
 * beside float64. No pipeline is made for it. A wrong kernel that was chosen for this adapter is replaced by the portable one, for everything that the engine makes
 * from then on and for the trainer of the plan, between two of its steps; if that is wrong too, the engine refuses all work with a DeviceError that says so.
 * Kernels of ops without a float64 twin (custom ones), and those that only larger tensors would reach, are said to be not tested.
 *
 * @param engine - Where the plan runs.
 * @param plan - `trainer.plan` or `program.plan` of that engine. One that was opened from a text names no ops: nothing of it is tested.
 * @param given - Whether to act on what is found; yes by default.
 * @returns What each variant came to, the verdict, and how long it took: about a second for a hundred dispatches on a software adapter.
 * @throws UsageError for what is no engine or plan; DeviceError where the device is lost.
 * @example
 * const { verdict, message, variants } = await selfTest(engine, trainer.plan);
 * console.log(verdict, message, variants.filter((each) => each.verdict === 'not tested').length);
 */
export async function selfTest(engine: Engine, plan: Plan, given?: SelfTestOptions): Promise<SelfTestResult> {
  if (!(engine instanceof Engine)) throw new UsageError(`selfTest: expected an engine, as createEngine makes it, got ${show(engine)}`);
  requirePlan('selfTest', plan);
  const { act, seconds } = readOptions<SelfTestOptions, typeof options>('selfTest', options, given);
  const begun = performance.now();
  const { device } = engine;
  device.check();
  const result = (verdict: SelfTestResult['verdict'], message: string, more: Pick<SelfTestResult, 'variants' | 'portable'>): SelfTestResult => ({
    adapter: engine.adapter,
    verdict,
    message,
    ...more,
    seconds: (performance.now() - begun) / 1000,
  });
  const test = { engine, of: plan, seconds };
  const variants = await testPlan({ ...test, plan });
  const wrong = variants.filter(({ verdict }) => verdict === 'wrong');
  if (wrong.length === 0) return result('right', rightText(variants), { variants });
  const said = `${wrong.length === 1 ? 'A kernel computes' : `${wrong.length} kernels compute`} wrong numbers on this device: ${wrong.map(({ kernel, detail }) => `${kernel} (${detail})`).join('; ')}.`;
  if (!act) return result('wrong', said, { variants });
  const portable = plan.capabilities.swiftshader ? await testPortable(test) : undefined;
  if (portable?.every(({ verdict }) => verdict !== 'wrong'))
    return result('replaced', `${said} The portable kernels took their place, and are right.`, { variants, portable });
  const message = `${said} ${portable ? 'So do the portable ones.' : 'There are no others.'} Training is refused: update the browser or the GPU driver, or take another adapter.`;
  device.fail(message, 'failed');
  return result('wrong', message, { variants, ...(portable ? { portable } : {}) });
}

function rightText(variants: readonly VariantResult[]): string {
  const not = variants.filter(({ verdict }) => verdict === 'not tested').length;
  const tested = variants.length - not;
  if (tested === 0) return `None of ${variants.length} kernel variants could be tested.`;
  return `${tested} of ${variants.length} kernel variants tested, all right${not === 0 ? '' : `; ${not} not tested`}.`;
}

/** What a test needs: `of` is the plan whose graph it is, `plan` itself or one for other capabilities. */
interface Test {
  readonly engine: Engine;
  readonly of: Plan;
  readonly plan: Plan;
  readonly seconds: number;
}

/** Takes the device for one without kernels of its own, tests the plan that this makes, and where that is right gives it to the plan's trainer. */
async function testPortable(test: Omit<Test, 'plan'>): Promise<readonly VariantResult[] | undefined> {
  const { device } = test.engine;
  const source = [...(sourcesOf(test.of) ?? [])].at(-1);
  if (!source) return undefined;
  const capabilities: Capabilities = { ...device.capabilities, swiftshader: false };
  Object.assign(device, { capabilities });
  const plan = await planOf(source.graph, { ...source.options, capabilities });
  const variants = await testPlan({ ...test, plan });
  const trainer = trainerOf.get(test.of);
  // Hardly ever needed.
  if (trainer && variants.every(({ verdict }) => verdict !== 'wrong'))
    await (await import('../train/regroup.ts')).replan(trainer, trainer.parts.graph, () => undefined);
  return variants;
}

/** What is known of a variant on the way. */
interface Known {
  readonly tried: Set<string>;
  worst?: Worst;
  why: string;
}

/** Tests all variants of a plan, those of small batches first. */
async function testPlan({ engine: { device, cache }, of, plan, seconds }: Test): Promise<VariantResult[]> {
  const known = new Map<string, Known>(plan.dispatches.map((dispatch) => [variantOf(dispatch), { tried: new Set(), why: 'nothing runs it by itself' }]));
  const untested = (): Known[] => [...known.values()].filter(({ worst }) => !worst);
  const sources = sourcesOf(of);
  if (!sources) for (const each of untested()) each.why = 'the plan was opened from a text, which names no ops';
  const begun = performance.now();
  await loadKernels();
  for (const source of sources ?? []) {
    if (untested().length === 0) break;
    const chosen = [...choose(source, known, plan.capabilities)];
    for (let i = 0; i < chosen.length; i += AT_ONCE) {
      if (performance.now() - begun > 1000 * seconds) {
        for (const each of untested()) each.why = `the ${seconds} s were over`;
        return resultsOf(plan, known);
      }
      for (const outcomes of await Promise.all(
        chosen.slice(i, i + AT_ONCE).map((isolated) => checkNode(device, cache, isolated, () => contentsOf(source, isolated))),
      ))
        note(outcomes, known);
    }
  }
  return resultsOf(plan, known);
}

/** The nodes to run: the cheapest that run a variant not yet tried, or in another shape. */
function* choose(source: Source, known: ReadonlyMap<string, Known>, capabilities: Capabilities): Iterable<Isolated> {
  const seen = new Set<string>();
  const candidates: { isolated: Isolated; cost: number; signature: string; variants: Known[] }[] = [];
  for (const node of source.nodes) {
    const signature = `${node.op.name} ${node.inputs.map(({ type }) => type.shape.join('x')).join()}`;
    const full = `${signature} ${attrsText(node.attrs)}`;
    if (seen.has(full)) continue;
    seen.add(full);
    const isolated = isolate(source, node, capabilities);
    if (!isolated) continue;
    const found = isolated.plan.dispatches.map((dispatch) => known.get(variantOf(dispatch)));
    // No pipeline is made for a test.
    if (!found.every((each) => each !== undefined)) continue;
    const why = !isolated.graph.nodes.every(({ op }) => Object.hasOwn(REFERENCE, op.name)) ? `${node.op.name} has no float64 twin` : '';
    const cost = costOf(isolated);
    if (why || cost > LARGEST) {
      for (const each of found) each.why = why || 'too large for float64 in reasonable time';
      continue;
    }
    candidates.push({ isolated, cost, signature, variants: found });
  }
  for (const { isolated, signature, variants } of candidates.sort((a, b) => a.cost - b.cost)) {
    // In a larger batch only what no smaller one runs.
    if (!variants.some(({ worst, tried }) => !worst && tried.size < NODES_PER_VARIANT && !tried.has(signature))) continue;
    for (const { tried } of variants) tried.add(signature);
    yield isolated;
  }
}

/** What of the attributes may make another kernel, or other numbers. */
function attrsText(attrs: object): string {
  return JSON.stringify(attrs, (key, value: unknown) => (key === 'text' || key === 'wgsl' ? undefined : value)) ?? '';
}

export function costOf({ plan, graph }: Isolated): number {
  const work = plan.dispatches.reduce((all, { work = 0 }) => all + work, 0);
  const elements = graph.values.reduce((all, { type }) => all + sizeOf(type.shape), 0);
  return work + 16 * elements;
}

function note(outcomes: readonly Outcome[], known: ReadonlyMap<string, Known>): void {
  for (const { variants, worst } of outcomes)
    for (const variant of variants) {
      const of = known.get(variant)!;
      if (!of.worst || !(worst.error <= of.worst.error)) of.worst = worst;
    }
}

function resultsOf({ dispatches }: Plan, known: ReadonlyMap<string, Known>): VariantResult[] {
  return [...known].map(([variant, { worst, why }]): VariantResult => {
    const own = dispatches.filter((dispatch) => variantOf(dispatch) === variant);
    const { kernel, sources, overrides } = own[0]!;
    const about = { kernel, files: sources.map(({ file }) => file), overrides, dispatches: own.length };
    if (!worst) return { ...about, verdict: 'not tested', detail: why };
    const { error, at, got, expected } = worst;
    const verdict = error <= RIGHT_WITHIN ? 'right' : 'wrong';
    return { ...about, verdict, error, detail: `${at}: ${got.toPrecision(6)} came where ${expected.toPrecision(6)} is right` };
  });
}
