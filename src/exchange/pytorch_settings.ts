// settings.py of an exported project: all that the document says of loss, optimizer and training, as Python.
import type { Experiment } from '../experiment/document.ts';
import { buildLoss } from '../experiment/registry/losses.ts';
import { OPTIMIZER_FEATURES, ownOptions } from '../experiment/registry/optimizers.ts';
import type { UpdateFactors } from '../ops/hyper.ts';
import type { Key } from '../random.ts';
import type { Clip } from '../train/clip.ts';
import { argumentsOf, pythonOf } from './python_text.ts';
import { torchLoss } from './pytorch_loss.ts';
import { torchSchedule, unwritten } from './pytorch_schedule.ts';

/** A parameter, as the optimizer sees it. */
export interface TorchParameter extends Pick<UpdateFactors, 'learningRateFactor' | 'weightDecayFactor'> {
  /** Its name in the state_dict. */
  readonly key: string;
  readonly frozen: boolean;
  /** Whether weight decay holds it. */
  readonly decay: boolean;
  readonly l1: number;
  readonly l2: number;
}

/** What settings.py is made of. */
export interface Settings {
  readonly document: Experiment;
  readonly parameters: readonly TorchParameter[];
  /** Norms that use what they have kept. */
  readonly frozenNorms: readonly string[];
  readonly classIndices: boolean;
  readonly outputs: number;
  readonly seed: number;
  readonly key: Key;
  readonly steps: number;
  readonly validateEvery: number;
}

/** What PyTorch has only from a version on: an expression of Python that says that it is there, and from when. */
export interface Need {
  readonly test: string;
  readonly what: string;
  readonly since: string;
}

/** What of the document this export cannot write. */
export function missingIn({ data, optimizer, training }: Experiment): string[] {
  const { torch } = OPTIMIZER_FEATURES[optimizer.name]!;
  return [
    ...(torch === null ? [`optimizer ${optimizer.name}: torch.optim has none`] : []),
    ...unwritten(optimizer.schedule).map((name) => `schedule ${name}: schedules.py has no function for it`),
    ...(optimizer.name === 'muon'
      ? ["optimizer muon: PyTorch has torch.optim.Muon from 2.9 on, in bfloat16 and for matrices alone: its steps are others than Fathom's"]
      : []),
    ...('augment' in data && data.augment ? ['data.augment: the exported project trains on images as they are'] : []),
    ...(typeof training.onNonFinite === 'object' ? ['training.onNonFinite.rollBack: the exported loop has "stop" and "skip"'] : []),
  ];
}

/** What the optimizer of a document needs that PyTorch 1.13 has not. */
export function needsOf({ optimizer }: Experiment): Need[] {
  if (!('decoupledWeightDecay' in optimizer && optimizer.decoupledWeightDecay)) return [];
  const name = OPTIMIZER_FEATURES[optimizer.name]!.torch!;
  return [
    {
      test: `"decoupled_weight_decay" in inspect.signature(torch.optim.${name}).parameters`,
      what: `torch.optim.${name} with decoupled_weight_decay`,
      since: '2.1',
    },
  ];
}

/** The file. */
export function settingsPy(settings: Settings): string {
  const { document, parameters, frozenNorms, seed, key, steps, validateEvery } = settings;
  const { training, probes = {} } = document;
  const stopping = training.earlyStopping && {
    patience: training.earlyStopping.patience,
    min_delta: training.earlyStopping.minDelta ?? 0,
    restore_best: training.earlyStopping.restoreBest ?? true,
  };
  return `${[
    '"""What the document says of loss, optimizer and training."""\nimport torch\nimport torch.nn.functional as F\n\nimport schedules',
    [
      `SEED = ${seed}`,
      '# Decides the order of the rows.',
      `KEY = ${pythonOf([...key])}`,
      `STEPS = ${steps}`,
      `BATCH_SIZE = ${training.batchSize}  # of all processes together`,
      `ACCUMULATE = ${training.accumulate ?? 1}  # batches that make a step`,
      `VALIDATE_EVERY = ${validateEvery}`,
      `LOG_EVERY = ${probes.every ?? 1}`,
      `SKIP_NON_FINITE = ${pythonOf(training.onNonFinite === 'skip')}`,
      `EARLY_STOPPING = ${
        stopping
          ? `{${Object.entries(stopping)
              .map(([name, value]) => `"${name}": ${pythonOf(value)}`)
              .join(', ')}}`
          : 'None'
      }`,
    ].join('\n'),
    lossLines(settings),
    optimizerLines(document, parameters, frozenNorms),
    scheduleLines(document),
    clipLines(document.optimizer.clip),
    penaltyLines(parameters),
    averageLines(training.average),
  ].join('\n\n\n')}\n`;
}

function lossLines({ document, classIndices, outputs }: Settings): string {
  const { task, name } = buildLoss(document.loss, !classIndices);
  const { sum, weight, before } = torchLoss(document.loss, classIndices);
  const classification = task === 'classification';
  const second = name === 'bce_with_logits' ? '0.5' : '0';
  const classes = outputs > 1 ? 'outputs.argmax(dim=1)' : '(outputs[:, 0] > 0).long()';
  const targets = classIndices ? 'targets' : outputs > 1 ? 'targets.argmax(dim=1)' : `(targets[:, 0] > ${second}).long()`;
  return [
    [`CLASSIFICATION = ${pythonOf(classification)}`, ...before].join('\n'),
    `def losses(outputs, targets):\n    """The sum over the rows of a batch: what differs between processes is how many they have."""\n    return ${sum}`,
    `def weight(targets):\n    """What the sum is divided by for the mean."""\n    return ${weight}`,
    ...(classification ? [`def classes(outputs):\n    return ${classes}`, `def classes_of_targets(targets):\n    return ${targets}`] : []),
  ].join('\n\n\n');
}

/** The class of torch.optim, its arguments but for the learning rate and the weight decay, and that decay. */
export function torchOptimizer(optimizer: Experiment['optimizer']): { torch: string; options: string; weightDecay: number } {
  const feature = OPTIMIZER_FEATURES[optimizer.name]!;
  const { weightDecay: decayOption, ...table } = ownOptions(feature);
  const given = optimizer as unknown as Record<string, unknown>;
  const options = Object.fromEntries(
    Object.entries(table).flatMap(([name, { default: usual }]) => {
      const value = given[name] ?? usual;
      // PyTorch 1.13 does not know it; where it is wanted, a newer one is asked for.
      return name === 'decoupledWeightDecay' && !value ? [] : [[name, value]];
    }),
  );
  // Of NAdam, PyTorch 1.13 multiplies a momentum twice in its other implementation.
  const more = optimizer.name === 'nadam' ? { foreach: true } : {};
  return { torch: feature.torch!, options: argumentsOf({ ...options, ...more }), weightDecay: Number(given.weightDecay ?? decayOption?.default ?? 0) };
}

function optimizerLines(document: Experiment, parameters: readonly TorchParameter[], frozenNorms: readonly string[]): string {
  const { optimizer } = document;
  const { torch, options, weightDecay } = torchOptimizer(optimizer);
  const groups = new Map<string, { factor: number; decay: number; keys: string[] }>();
  for (const { key, frozen, decay, learningRateFactor, weightDecayFactor } of parameters) {
    if (frozen) continue;
    const group = { factor: learningRateFactor, decay: decay ? weightDecay * weightDecayFactor : 0 };
    const known = groups.get(JSON.stringify(group)) ?? { ...group, keys: [] };
    groups.set(JSON.stringify(group), known);
    known.keys.push(key);
  }
  const list = [...groups.values()].map(
    ({ factor, decay, keys }) => `    (${pythonOf(factor)}, ${pythonOf(decay)}, [${keys.map((key) => JSON.stringify(key)).join(', ')}]),`,
  );
  return [
    [
      `LEARNING_RATE = ${pythonOf(optimizer.learningRate)}  # before the schedule`,
      '# Parameters that are no part of the training, and norms that use what they have kept.',
      `FROZEN = [${parameters.flatMap(({ key, frozen }) => (frozen ? [JSON.stringify(key)] : [])).join(', ')}]`,
      `FROZEN_NORMS = [${frozenNorms.map((name) => JSON.stringify(name)).join(', ')}]`,
      `# Times the learning rate, the weight decay (biases and norms have none), and for which parameters.\nGROUPS = [\n${list.join('\n')}\n]`,
    ].join('\n'),
    [
      'def optimizer(parameters):',
      '    groups = [{"params": [parameters[name] for name in names], "weight_decay": decay, "factor": factor} for factor, decay, names in GROUPS]',
      `    return torch.optim.${torch}(${['groups', 'lr=LEARNING_RATE', options].filter(Boolean).join(', ')})`,
    ].join('\n'),
    stateLines(document),
  ].join('\n\n\n');
}

/** From Fathom's states of a parameter to those of torch.optim, which have the same names. */
function stateLines({ optimizer }: Experiment): string {
  const head = 'def state(tensors, updates):\n    """The state of a parameter after so many updates, from the tensors that Fathom keeps."""\n';
  const step = '"step": torch.tensor(float(updates))';
  switch (optimizer.name) {
    case 'sgd':
      return `${head}    return dict(tensors)`;
    case 'rmsprop': {
      const kept = ['square_avg', ...(optimizer.momentum ? ['momentum_buffer'] : []), ...(optimizer.centered ? ['grad_avg'] : [])];
      return `${head}    return {${step}, **{name: tensors[name] for name in ${pythonOf(kept)}}}`;
    }
    case 'nadam': {
      const [beta] = optimizer.betas ?? [0.9, 0.999];
      const momentum = `${pythonOf(beta)} * (1 - 0.5 * 0.96 ** (t * ${pythonOf(optimizer.momentumDecay ?? 0.004)}))`;
      return `${head}    mu_product = torch.tensor([${momentum} for t in range(1, updates + 1)], dtype=torch.float64).prod().float()\n    return {${step}, "mu_product": mu_product, "exp_avg": tensors["exp_avg"], "exp_avg_sq": tensors["exp_avg_sq"]}`;
    }
    default:
      return `${head}    return {${step}, **tensors}`;
  }
}

function scheduleLines({ optimizer }: Experiment): string {
  const { factor, plateau } = torchSchedule(optimizer.schedule, optimizer.learningRate);
  return [
    `def factor(step):\n    """On the learning rate of a step, counted from 0."""\n    return ${factor}`,
    `def plateau():\n    """What makes the learning rate fall after validations, if anything does."""\n    return ${plateau ? `schedules.Plateau(${plateau})` : 'None'}`,
  ].join('\n\n\n');
}

function clipLines(clip: Clip | undefined): string {
  const body = !clip
    ? '    pass'
    : 'norm' in clip
      ? `    factor = min(1.0, ${pythonOf(clip.norm)} / (norm + 1e-6))\n    for parameter in parameters:\n        parameter.grad.mul_(factor)`
      : `    for parameter in parameters:\n        parameter.grad.clamp_(-${pythonOf(clip.value)}, ${pythonOf(clip.value)})`;
  return `def clip(parameters, norm):\n    """Of the gradient of the loss, before penalties are added."""\n${body}`;
}

function penaltyLines(parameters: readonly TorchParameter[]): string {
  const penalised = parameters.filter(({ l1, l2, frozen }) => !frozen && (l1 > 0 || l2 > 0));
  const table = penalised.map(({ key, l1, l2 }) => `    ${JSON.stringify(key)}: (${pythonOf(l1)}, ${pythonOf(l2)}),\n`).join('');
  return [
    `# Coefficients of l1 * sum |w| and l2 / 2 * sum w².\nPENALTIES = {${table && `\n${table}`}}`,
    'def penalty(parameters):\n    return sum(float(l1 * parameters[name].abs().sum() + l2 / 2 * parameters[name].square().sum()) for name, (l1, l2) in PENALTIES.items())',
    'def add_penalties(parameters):\n    with torch.no_grad():\n        for name, (l1, l2) in PENALTIES.items():\n            parameter = parameters[name]\n            parameter.grad.add_(parameter, alpha=l2).add_(parameter.sign(), alpha=l1)',
  ].join('\n\n\n');
}

function averageLines(average: Experiment['training']['average']): string {
  if (!average) return 'def averaged_with(run):\n    """No average of the weights is kept."""\n    return None, 0';
  const { decay, from = 1, every = 1 } = average;
  return [
    `def averaged(updates):\n    """How many of the first updates came into the average."""\n    return 0 if updates < ${from} else (updates - ${from}) // ${every} + 1`,
    [
      'def averaged_with(run):',
      '    """The average of the weights with those after an update, and how many came in."""',
      `    if run.updates < ${from} or (run.updates - ${from}) % ${every}:`,
      '        return run.average, run.averaged',
      '    if not run.averaged:',
      '        return {name: parameter.detach().clone() for name, parameter in run.parameters.items()}, 1',
      '    for name, parameter in run.parameters.items():',
      `        run.average[name].lerp_(parameter.detach(), ${decay === undefined ? '1 / (run.averaged + 1)' : pythonOf(1 - decay)})`,
      '    return run.average, run.averaged + 1',
    ].join('\n'),
  ].join('\n\n\n');
}
