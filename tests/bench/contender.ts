// Fathom in the peers' benchmark: an ES module for a harness that gives every engine the same weights and the same resident
// batch. Build the library first (npm run build).
import {
  activation,
  adam,
  batchNorm,
  compile,
  createEngine,
  dense,
  type Engine,
  Graph,
  matmulOp,
  mse,
  norms,
  type Optimizer,
  type StepRecord,
  sequential,
  sgd,
  softmaxCrossEntropy,
} from './built.js';

interface Bench {
  step(): void | Promise<void>;
  loss(): Promise<number>;
  flush?(): Promise<void>;
  dispose?(): void;
}
// biome-ignore lint/suspicious/noExplicitAny: the harness is plain JavaScript
type Workload = any;

export const name = 'fathom';
let engine: Engine;

export async function load(): Promise<void> {
  engine = await createEngine();
}

export async function setup(w: Workload): Promise<Bench> {
  if (w.kind === 'matmul') return matmul(w);
  if (w.kind === 'mlp') return mlp(w);
  throw new Error('n/a');
}

async function matmul(w: Workload): Promise<Bench> {
  const { n } = w;
  const graph = new Graph();
  const a = graph.input('a', [n, n]);
  const b = graph.parameter('b', [n, n]);
  const c = graph.apply(matmulOp, [a, b], {}, 'c')[0]!;
  const program = await compile(engine, graph, { outputs: [c], carry: [{ from: c, to: a }] });
  program.write(a, w.data.A);
  program.write(b, w.data.B);
  return {
    step: () => program.run(),
    loss: async () => (await program.read(c))[0]![0]!,
    dispose: () => program.destroy(),
  };
}

async function mlp(w: Workload): Promise<Bench> {
  const { dims, act, bn, batch, data, opt } = w;
  const layers = dims
    .slice(1)
    .flatMap((units: number, l: number) => (l + 2 < dims.length ? [dense(units), ...(bn ? [batchNorm()] : []), activation(act)] : [dense(units)]));
  const optimizer: Optimizer =
    opt.type === 'adam'
      ? adam({ learningRate: opt.lr, betas: [opt.b1, opt.b2], eps: opt.eps })
      : sgd({ learningRate: opt.lr, ...(opt.type === 'momentum' ? { momentum: opt.m } : {}) });
  const trainer = await engine.createTrainer({
    model: sequential(layers),
    loss: w.loss === 'mse' ? mse() : softmaxCrossEntropy({ targets: 'probability' }),
    optimizer,
    features: dims[0],
    batchSize: batch,
    probes: w.gradstats ? { tensors: [], norms: norms({ every: 1, tensors: ['weight_gradient'] }) } : null,
  });
  const paths = [...(await trainer.parameters())].map(([path, tensor]) => ({ path, shape: tensor.shape }));
  const given = data.layers.flatMap((layer: Workload) => [layer.w, layer.b, ...(layer.gamma ? [layer.gamma, layer.beta] : [])]) as Float32Array[];
  const trained = paths.filter(({ path }) => !path.includes('running_'));
  trainer.setParameters(new Map(trained.map(({ path, shape }, i) => [path, { shape, data: given[i]! }])));
  // The batch goes along with the first step, and stays.
  let unsent: { x: Float32Array; y: Float32Array } | undefined = { x: data.x, y: data.y };
  const next = (): { batch?: { x: Float32Array; y: Float32Array } } => {
    const given = unsent ? { batch: unsent } : {};
    unsent = undefined;
    return given;
  };
  if (!w.gradstats) return { step: () => trainer.enqueueStep({ ...next(), readback: false }), loss: () => trainer.loss(), dispose: () => trainer.destroy() };

  // A few reads in flight: the oldest is awaited only when there are more.
  const flight: Promise<void>[] = [];
  const report = (record: StepRecord | undefined): void => w.onStats(Float32Array.from(record!.layers!, (layer) => layer.norms!.weight_gradient!));
  return {
    async step() {
      flight.push(trainer.enqueueStep(next()).then(report));
      if (flight.length > 8) await flight.shift();
    },
    loss: () => trainer.loss(),
    flush: async () => void (await Promise.all(flight.splice(0))),
    dispose: () => trainer.destroy(),
  };
}
