// Fathom in the peers' benchmark: an ES module for a harness that gives every engine the same weights and the same resident
// batch. Build the library first (npm run build).
import {
  activation,
  adam,
  add,
  batchNorm,
  compile,
  conv2d,
  createEngine,
  dense,
  type Engine,
  flatten,
  Graph,
  globalAvgPool2d,
  groupNorm,
  type Layer,
  matmulOp,
  maxPool2d,
  mse,
  norms,
  type Optimizer,
  relu,
  reshape,
  residual,
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
  const network = networkOf(w);
  if (network) return train(w, network);
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

/** A network, the numbers of a sample that it takes, and its initial values in the order of its parameters. */
interface Network {
  readonly layers: Layer[];
  readonly features: number;
  readonly given: readonly Float32Array[];
}

/** What the harness describes, where it describes a network. */
function networkOf(w: Workload): Network | undefined {
  if (w.kind === 'mlp') return perceptron(w);
  if (w.kind === 'cnn') return imageNetwork(w.image, w.data.layers);
  if (w.kind === 'conv') return imageNetwork([28, 28, 1], smallNetwork(w.data));
  return undefined;
}

function perceptron({ dims, act, bn, data }: Workload): Network {
  const layers: Layer[] = dims
    .slice(1)
    .flatMap((units: number, l: number) => (l + 2 < dims.length ? [dense(units), ...(bn ? [batchNorm()] : []), activation(act)] : [dense(units)]));
  return { layers, features: dims[0], given: data.layers.flatMap((layer: Workload) => [layer.w, layer.b, ...(layer.gamma ? [layer.gamma, layer.beta] : [])]) };
}

/** A list of the harness's layers over images, which lie as ours do: channels last, weights [height, width, channels / groups, filters]. */
function imageNetwork(image: readonly [number, number, number], list: readonly Workload[]): Network {
  const layers = [reshape({ shape: [...image] }), ...list.flatMap(layersOf)];
  return { layers, features: image[0] * image[1] * image[2], given: list.flatMap(valuesOf) };
}

/** Our layers for one of the harness's. */
function layersOf(layer: Workload): Layer[] {
  const { type, out, kernel, stride, pad, groups, bias, size, body, shortcut } = layer;
  const inner = (list: readonly Workload[]): Layer[] => list.flatMap(layersOf);
  if (type === 'conv') return [conv2d({ filters: out.at(-1), kernelSize: kernel, stride, padding: pad, groups, bias })];
  if (type === 'norm') return [groups ? groupNorm({ groups }) : batchNorm()];
  if (type === 'relu') return [relu()];
  if (type === 'pool') return [maxPool2d({ kernelSize: size })];
  if (type === 'mean') return [globalAvgPool2d()];
  if (type === 'dense') return [...(layer.in.length > 1 ? [flatten()] : []), dense(out[0])];
  if (type === 'residual') return [shortcut.length ? add([inner(body), inner(shortcut)]) : residual(inner(body))];
  throw new Error(`n/a: layer ${type}`);
}

/** Initial values of a layer, in the order in which ours asks for its parameters. */
function valuesOf({ type, w, b, gamma, beta, body, shortcut }: Workload): Float32Array[] {
  if (type === 'residual') return [...body, ...shortcut].flatMap(valuesOf);
  return [w, b, gamma, beta].filter((values) => values !== undefined);
}

/** The layers of kind `conv`, a network of its own in the harness, in the vocabulary of all others. */
function smallNetwork({ k1, b1, k2, b2, w, b }: Workload): Workload[] {
  const conv = (filters: number, kernel: Float32Array, bias: Float32Array): Workload => ({
    type: 'conv',
    out: [filters],
    kernel: [3, 3],
    stride: [1, 1],
    pad: [1, 1],
    groups: 1,
    bias: true,
    w: kernel,
    b: bias,
  });
  const after = [{ type: 'relu' }, { type: 'pool', size: 2 }];
  return [conv(16, k1, b1), ...after, conv(32, k2, b2), ...after, { type: 'dense', in: [7, 7, 32], out: [10], w, b }];
}

async function train(w: Workload, { layers, features, given }: Network): Promise<Bench> {
  const { batch, data, opt } = w;
  const optimizer: Optimizer =
    opt.type === 'adam'
      ? adam({ learningRate: opt.lr, betas: [opt.b1, opt.b2], eps: opt.eps })
      : sgd({ learningRate: opt.lr, ...(opt.type === 'momentum' ? { momentum: opt.m } : {}) });
  const trainer = await engine.createTrainer({
    model: sequential(layers),
    loss: w.loss === 'mse' ? mse() : softmaxCrossEntropy({ targets: 'probability' }),
    optimizer,
    features,
    batchSize: batch,
    probes: w.gradstats ? { tensors: [], norms: norms({ every: 1, tensors: ['weight_gradient'] }) } : null,
  });
  const paths = [...(await trainer.parameters())].map(([path, tensor]) => ({ path, shape: tensor.shape }));
  const trained = paths.filter(({ path }) => !path.includes('running_'));
  if (trained.length !== given.length) throw new Error(`${trained.length} parameters for ${given.length} given tensors`);
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
