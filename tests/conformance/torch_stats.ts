// Cases about statistics of one tensor and about the size of an update.

import { Graph, type Value } from '../../src/graph/graph.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import type { Scene } from '../../src/inspect/probe.ts';
import { type ProbePlan, planProbes } from '../../src/inspect/probes.ts';
import type { Tap } from '../../src/inspect/taps.ts';
import { BLOCK } from '../../src/layout.ts';
import { LINEAR } from '../../src/ops/activations.ts';
import { beginStepOp } from '../../src/ops/batches.ts';
import { endStepOp, squaredNormOp } from '../../src/ops/end_step.ts';
import { updateOp } from '../../src/ops/updates.ts';
import { roundUp } from '../../src/shape.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { type Case, compareNumber, FINE, scalar, type TensorRef, type Tensors, type Verdict, worse } from './format.ts';
import type { Session, Stage } from './stage.ts';

/** A layer of which only the weight is looked at. */
function pointOf(weight: Value): Tap {
  const info = { name: weight.name, role: 'hidden', activation: 'linear', fanIn: 1, width: weight.type.shape[0]!, batchNorm: false, residual: false } as const;
  return { ...info, act: LINEAR, weight, product: undefined as never, z: weight, h: weight };
}

/** A step in which nothing but this weight, and its gradient where there is one, can be looked at. */
function sceneOf(weight: Value, partials: Value, gradient?: Value): Omit<Scene, 'watched' | 'every' | 'tensors'> {
  return {
    taps: { layers: [pointOf(weight)], joins: [] },
    gradientOf: () => gradient,
    gradients: { partials, of: gradient ? [gradient] : [] },
    parameterWords: roundUp(weight.type.shape[0]!, BLOCK),
  };
}

/** The rows of all probes at a step, one behind the other. */
async function rowsAt(session: Session, probes: ProbePlan, step: number): Promise<ArrayBuffer> {
  const rows = await Promise.all(probes.ranges(step).map(async ({ buffer, offset, size }) => (await session.readBuffer(buffer, offset + size)).slice(offset)));
  return new Blob(rows).arrayBuffer();
}

export async function runStatistics(stage: Stage, c: Case, tensors: Tensors): Promise<Verdict> {
  const ref: TensorRef = c.tensor;
  const n: number = c.expected.n;
  const words = new Uint32Array(tensors.f32(ref).buffer).slice(0, n);
  for (const [index, bits] of c.patches as [number, string][]) words[index] = Number.parseInt(bits, 16);

  const graph = new Graph();
  const x = graph.parameter('x', [n]);
  const probes = planProbes(sceneOf(x, graph.input('partials', [1, 2])), { tensors: ['weight'], histograms: histograms({ every: 1 }) });
  probes.append(graph, 'before');
  const session = await stage.session(graph);
  try {
    session.write(x, words);
    session.run(probes.groups(0));
    // Before the first step, so in the first row of the rings.
    const { layers } = probes.decode(0, await rowsAt(session, probes, 0), 0, 1);
    const got = layers![0]!.tensors.weight!;
    const counts = got.histogram!;
    const want = c.expected;
    const subnormals: number = want.subnormals;
    let worst = FINE;
    let strict = FINE;
    const exact = (name: string, value: number, expected: number, slack = 0): void => {
      worst = worse(worst, compareNumber(name, value, expected, { atol: slack }));
    };
    exact('count', got.count, want.n);
    exact('NaN count', got.nanCount, want.nanCount);
    exact('Inf count', got.infCount, want.infCount);
    // Subnormal numbers may be flushed to zero: they move from the lowest bin to the zeros.
    exact('zero share', got.zeroFraction * want.n, want.zeroCount, subnormals + 1e-6 * want.n);
    const close = (name: string, value: number, expected: number | null, rtol: number, atol = 0): void => {
      // Without a finite element there is nothing to compare: the counts tell.
      if (expected === null || expected === undefined) return;
      worst = worse(worst, compareNumber(name, value, expected, { rtol, atol }));
      strict = worse(strict, compareNumber(name, value, expected, { rtol: rtol / 10, atol }));
    };
    close('l2', got.l2, want.l2, 1e-4);
    close('rms', got.rms, want.rms, 1e-4);
    close('absMean', got.absMean, want.absMean, 1e-4);
    close('std', got.std, want.std, 1e-4);
    close('mean', got.mean, want.mean, 0, 1e-5 * (want.absMean ?? 0));
    close('min', got.min, want.min, 0);
    close('max', got.max, want.max, 0);
    const slack = [want.histSlack.under, ...want.histSlack.bins, want.histSlack.over];
    [want.hist.under, ...want.hist.bins, want.hist.over].forEach((expected: number, bin) => {
      exact(`histogram bin ${bin}`, counts[bin]!, expected, slack[bin] + (bin === 0 ? subnormals : 0));
    });
    return { worst, strict: worse(worst, strict) };
  } finally {
    session.destroy();
  }
}

/** ||lr g|| / ||w|| of a step of plain SGD, as the probes of a layer report it. */
export async function runUpdateRatio(stage: Stage, c: Case, tensors: Tensors): Promise<Verdict> {
  const n: number = c.w.n;
  const graph = new Graph();
  graph.apply(beginStepOp, [], {});
  const weight = graph.parameter('w', [n]);
  const gradient = graph.input('g', [n]);
  const partials = graph.apply(squaredNormOp, [gradient], {})[0]!;
  graph.apply(endStepOp, [graph.input('losses', [1]), partials], { maxNorm: 0, beta1: 0, beta2: 0 });
  const probes = planProbes(sceneOf(weight, partials, gradient), { tensors: ['weight', 'update'] });
  probes.append(graph, 'before');
  graph.apply(updateOp, [gradient], { ...sgd({ learningRate: c.attrs.lr }), observers: probes.updateObservers! });
  probes.append(graph, 'after');
  const session = await stage.session(graph, { keep: [gradient], gradientSlots: new Map([[gradient, 'w']]) });
  try {
    session.write(weight, tensors.f32(c.w));
    session.write(gradient, tensors.f32(c.g));
    session.writeBuffer('learning_rates', Float32Array.of(c.attrs.lr));
    session.run(probes.groups(1));
    const { layers } = probes.decode(1, await rowsAt(session, probes, 1), 0, 1);
    const ratio = layers![0]!.updateToWeight!.l2;
    const worst = compareNumber('update to weight', ratio, scalar(c.expected.ratio), { rtol: c.expected.rtol });
    return { worst, strict: worst };
  } finally {
    session.destroy();
  }
}
