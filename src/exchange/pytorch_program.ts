// A document as one program of PyTorch that people read: a page of text, where the exported project is a folder that trains for days. It takes its rows and
// first weights from a file that is written beside it, so that its first steps are the run's.

import { permuted } from '../data/permutation.ts';
import { UsageError } from '../errors.ts';
import { DEFAULT_SEED, type LoadedData } from '../experiment/data.ts';
import type { Experiment, LayerDocument, OptimizerDocument } from '../experiment/document.ts';
import { foldIn, keyOf, threefry } from '../random.ts';
import { commentLines } from './comments.ts';
import { type NpzArray, writeNpz } from './npz.ts';
import layersPy from './python/layers.py?raw';
import { pythonOf } from './python_text.ts';
import { penaltyLines, scheduleLines, tooLong } from './pytorch_lines.ts';
import { torchLoss } from './pytorch_loss.ts';
import { torchModel } from './pytorch_model.ts';
import { placesOf } from './pytorch_project.ts';
import { missingIn, needsOf, torchOptimizer } from './pytorch_settings.ts';
import { toTorch } from './pytorch_tensors.ts';
import { stepOf } from './step_of.ts';

/** The name of the file with rows and weights. */
export const START = 'start.npz';

/** What the data are, as the model sees them. */
export interface ProgramData {
  readonly features: number;
  /** Whether targets are class numbers, and not rows of numbers. */
  readonly classIndices: boolean;
}

type Dense = Extract<LayerDocument, { type: 'dense' }>;

/** Hidden layers of one make: weights, norm, activation, dropout. They may differ in width and activation alone. */
interface Body {
  readonly hidden: readonly (readonly [Dense, ...LayerDocument[]])[];
  /** Of the branch of every layer but the first; undefined where there are no branches. */
  readonly scale?: number | string;
  readonly head: Dense;
}

const isDense = (layer: LayerDocument | undefined): layer is Dense => layer?.type === 'dense';

/** What a body may have behind its weights, to be written as a function of what it is given. */
const SIMPLE: ReadonlySet<string> = new Set(['batch_norm', 'activation', 'dropout']);

/** A layer without what it may have of its own: its units and its first activation. */
function make(layers: readonly LayerDocument[]): string {
  const activation = layers.findIndex(({ type }) => type === 'activation');
  return JSON.stringify(layers.map((layer, i) => (i === activation ? layer.type : isDense(layer) ? { ...layer, units: 0 } : layer)));
}

/** The parts of a model that repeats a dense layer; undefined for any other. */
function bodyOf(layers: readonly LayerDocument[]): Body | undefined {
  const head = layers.at(-1);
  if (!isDense(head)) return undefined;
  const hidden: LayerDocument[][] = [];
  const scales: (number | string | undefined)[] = [];
  for (const layer of layers.slice(0, -1).flatMap((each) => (each.type === 'repeat' ? Array.from({ length: each.times }, () => each.layers).flat() : each))) {
    const block = layer.type === 'residual' ? layer : undefined;
    if (block || isDense(layer)) {
      hidden.push([...(block?.layers ?? [layer])]);
      scales.push(block && (block.scale ?? 1));
    } else if (SIMPLE.has(layer.type) && hidden.length > 0 && scales.at(-1) === undefined) hidden.at(-1)!.push(layer);
    else return undefined;
  }
  const [first, scale] = [hidden[0], scales[1]];
  if (!first || scales[0] !== undefined || scales.slice(1).some((each) => each !== scale)) return undefined;
  if (hidden.some((each) => !isDense(each[0]) || !each.slice(1).every(({ type }) => SIMPLE.has(type)) || make(each) !== make(first))) return undefined;
  return { hidden: hidden as unknown as Body['hidden'], scale, head };
}

/** How a scheme draws its weights, in Python; undefined for what is not said so. */
const SCHEMES: Readonly<Record<string, string>> = {
  lecun_normal: 'nn.init.normal_(linear.weight, std=gain / fan_in**0.5)',
  he_normal: 'nn.init.normal_(linear.weight, std=gain * (2 / fan_in) ** 0.5)',
  glorot_normal: 'nn.init.normal_(linear.weight, std=gain * (2 / (fan_in + units)) ** 0.5)',
  orthogonal: 'nn.init.orthogonal_(linear.weight, gain)',
};

/** The scheme and gain of a layer's weights. */
function schemeOf({ initializer = { scheme: 'he_normal' } }: Dense): { line: string | undefined; gain: number } {
  const { scheme, gain = 1 } = initializer as { scheme: string; gain?: number };
  return { line: SCHEMES[scheme], gain };
}

/** A list as Python writes it, neighbours that are alike as one: `[8] * 12 + [48, 16]`. */
function listOf(values: readonly (string | number)[]): string {
  const parts: { values: (string | number)[]; times: number }[] = [];
  for (let i = 0, to = 0; i < values.length; i = to) {
    to = values.findIndex((each, k) => k > i && each !== values[i]);
    if (to < 0) to = values.length;
    const last = parts.at(-1);
    if (to - i === 1 && last?.times === 1) last.values.push(values[i]!);
    else parts.push({ values: [values[i]!], times: to - i });
  }
  return parts.map(({ values: those, times }) => `[${those.join(', ')}]${times === 1 ? '' : ` * ${times}`}`).join(' + ');
}

/** Lines of a model that repeats one layer, with lists of what single ones have of their own. */
function compact({ hidden, scale, head }: Body, { features }: ProgramData): string[] | undefined {
  const [[first, ...rest]] = hidden as [Body['hidden'][number]];
  const [scheme, last] = [schemeOf(first), schemeOf(head)];
  if (!scheme.line || !last.line || first.bias === false || head.bias === false) return undefined;
  const depth = hidden.length;
  const widths = hidden.map(([{ units }]) => units);
  // Each line as the layer's own file writes it.
  const linesOf = (layers: readonly LayerDocument[], width: number): (string | undefined)[] =>
    layers.map((layer) => /: (.*),\n/.exec(torchModel([layer], width).code)?.[1]);
  const modules = linesOf(rest, first.units);
  const place = rest.findIndex(({ type }) => type === 'activation');
  const activations = place < 0 ? [] : hidden.map((layers) => linesOf([layers[place + 1]!], 1)[0]);
  if ([...modules, ...activations].some((line) => line === undefined || /^\w+\(\{/.test(line))) return undefined;
  const own = { width: new Set(widths).size > 1, activation: new Set(activations).size > 1 };
  const names = Object.keys(own).filter((name) => own[name as keyof typeof own]);
  const of = (l: string): string[] => names.map((name) => (name === 'width' ? `widths${l}` : `activations${l}`));
  const init = (line: string): string[] => ['    linear = nn.Linear(fan_in, units)', `    ${line}`, '    nn.init.zeros_(linear.bias)', '    return linear'];
  const layer =
    names.length === 0
      ? `*[layer(width) for _ in range(depth - 1)]`
      : `*map(layer, ${[own.width ? 'widths' : '[width] * (depth - 1)', ...of('[1:]')].join(', ')})`;
  return [
    own.width ? `gain = ${pythonOf(scheme.gain)}` : `depth, width, gain = ${depth}, ${first.units}, ${pythonOf(scheme.gain)}`,
    ...(own.width ? [`widths = ${listOf(widths)}`] : []),
    ...(own.activation ? [`activations = ${listOf(activations as string[])}`] : []),
    '',
    'def dense(fan_in, units, gain):',
    ...init(scheme.line),
    ...(last.line === scheme.line ? [] : ['', 'def output(fan_in, units, gain):', ...init(last.line)]),
    '',
    `def layer(${['fan_in', ...names].join(', ')}):`,
    `    return nn.Sequential(dense(fan_in, width, gain)${modules
      .map(
        (line, i) => `, ${own.activation && i === place ? 'activation' : rest[i]!.type === 'batch_norm' ? line!.replace(`(${first.units}`, '(width') : line}`,
      )
      .join('')})`,
    ...(scale === undefined
      ? []
      : [
          '',
          'class Block(nn.Module):',
          `    def __init__(${['self', ...(names.length > 0 ? ['fan_in'] : []), ...names].join(', ')}):`,
          '        super().__init__()',
          `        self.branch = layer(${[names.length > 0 ? 'fan_in' : 'width', ...names].join(', ')})`,
          ...(own.width
            ? [
                '        self.shortcut = nn.Identity()',
                '        if fan_in != width:',
                '            self.shortcut = nn.Linear(fan_in, width, bias=False)',
                '            nn.init.normal_(self.shortcut.weight, std=fan_in**-0.5)',
              ]
            : []),
          '',
          '    def forward(self, x):',
          `        return ${own.width ? 'self.shortcut(x)' : 'x'} + ${scale === '1/sqrt(L)' ? `(${own.width ? 'len(widths)' : 'depth'} - 1) ** -0.5 * ` : scale === 1 ? '' : `${scale} * `}self.branch(x)`,
        ]),
    '',
    'model = nn.Sequential(',
    `    layer(${[features, ...of('[0]')].join(', ')}),`,
    ...(depth === 1 ? [] : [`    ${scale === undefined ? layer : layer.replace('layer(width)', 'Block()').replace('map(layer,', 'map(Block,')},`]),
    `    ${last.line === scheme.line ? 'dense' : 'output'}(${own.width ? 'widths[-1]' : 'width'}, ${head.units}, ${pythonOf(last.gain)}),`,
    ')',
  ];
}

/** Lines of any model: layer by layer, with the classes of layers.py that it needs. */
function written({ model, name }: Experiment, { features }: ProgramData): string[] {
  const { code, missing } = torchModel(model.layers, features);
  if (missing.length > 0) throw new UsageError(`${name ?? 'the document'} cannot be written for PyTorch: ${missing.join(', ')}`);
  const classes = new Map(
    layersPy.split(/\n(?=class )/).flatMap((text) => (/^class (\w+)/.test(text) ? [[/^class (\w+)/.exec(text)![1]!, text] as const] : [])),
  );
  const needed = new Set(['Layers']);
  for (const [each] of classes) if (code.includes(`${each}(`)) needed.add(each);
  for (const each of needed) {
    const base = /^class \w+\((\w+)\)/.exec(classes.get(each) ?? '')?.[1];
    if (base && classes.has(base)) needed.add(base);
  }
  const texts = [...classes].flatMap(([each, text]) => (needed.has(each) ? [text.split(/\n\n\n/)[0]!.trim()] : []));
  return [...texts.join('\n\n').split('\n'), '', ...`model = Layers(${code})`.split('\n')];
}

/** Lines that make the optimizer. Biases and norms have no weight decay. */
function optimizerLines(optimizer: OptimizerDocument): string[] {
  const { torch, options, weightDecay } = torchOptimizer(optimizer);
  const more = [`lr=${pythonOf(optimizer.learningRate)}`, options].filter(Boolean).join(', ');
  if (weightDecay === 0) return [`optimizer = torch.optim.${torch}(model.parameters(), ${more})`];
  return [
    'matrices = [p for p in model.parameters() if p.dim() > 1]',
    'others = [p for p in model.parameters() if p.dim() < 2]',
    `groups = [{"params": matrices, "weight_decay": ${pythonOf(weightDecay)}}, {"params": others, "weight_decay": 0}]`,
    `optimizer = torch.optim.${torch}(groups, ${more})`,
  ];
}

/**
 * Writes a document as a program of PyTorch 1.13 and newer.
 *
 * @param document - The experiment, as `parseExperiment` returns it.
 * @param data - Columns of its rows, and what its targets are.
 * @returns The text; it reads {@link START} of its folder, which {@link startFile} makes.
 * @throws UsageError that names what PyTorch has not, or what no such short program says.
 */
export function torchProgram(document: Experiment, data: ProgramData): string {
  const { name, model, loss, optimizer, training, seed = DEFAULT_SEED } = document;
  const missing = [...missingIn(document), ...needsOf(document).map(({ what, since }) => `${what} is in PyTorch from ${since} on`), ...tooLong(document)];
  if (missing.length > 0) throw new UsageError(`${name ?? 'the document'} cannot be written for PyTorch: ${missing.join(', ')}`);
  const body = bodyOf(model.layers);
  const short = body && compact(body, data);
  const { sum, weight, before } = torchLoss(loss, data.classIndices);
  const value =
    weight === 'float(len(targets))' && sum.endsWith(', reduction="sum")') && sum.startsWith('F.cross_entropy(')
      ? sum.replace(', reduction="sum"', '')
      : `${sum} / ${weight}`;
  const { clip } = optimizer;
  const schedule = scheduleLines(optimizer);
  const lines = [
    ...(short ?? written(document, data)),
    '',
    `# The page's rows, in the order of the first epoch, and its first weights.`,
    `start = {name: torch.tensor(array) for name, array in np.load("${START}").items()}`,
    'rows, targets = start.pop("x"), start.pop("y")',
    ...(short
      ? [
          `torch.manual_seed(${seed})  # for other weights, leave out the next three lines`,
          'with torch.no_grad():',
          '    for parameter, first in zip(model.parameters(), start.values()):',
          '        parameter.copy_(first)',
        ]
      : ['model.load_state_dict(start, strict=False)', `torch.manual_seed(${seed})`]),
    '',
    ...before,
    ...schedule.before,
    ...optimizerLines(optimizer),
    `for step, (rows, targets) in enumerate(zip(rows.split(${training.batchSize}), targets.split(${training.batchSize})), 1):`,
    ...schedule.inLoop,
    '    optimizer.zero_grad()',
    '    outputs = model(rows)',
    `    loss = ${value}`,
    '    loss.backward()',
    ...(clip
      ? [
          'norm' in clip
            ? `    nn.utils.clip_grad_norm_(model.parameters(), ${pythonOf(clip.norm)})`
            : `    nn.utils.clip_grad_value_(model.parameters(), ${pythonOf(clip.value)})`,
        ]
      : []),
    ...penaltyLines(model.layers),
    '    optimizer.step()',
    '    print(step, loss.item())',
  ];
  const head = [
    ...commentLines('#', [name]),
    ...(lines.some((line) => line.includes('math.')) ? ['import math', ''] : []),
    'import numpy as np',
    'import torch',
    'import torch.nn.functional as F',
    'from torch import nn',
    '',
  ];
  return `${[...head, ...lines].join('\n')}\n`;
}

/** The file beside the program: rows in the order of the run's first epoch, their targets, and the first weights in the order and with the names of PyTorch. */
export function startFile(document: Experiment, data: LoadedData): Uint8Array<ArrayBuffer> {
  const { x, y, rows, features, targetSize, classes } = data.train;
  const key = threefry(foldIn(keyOf(document.seed ?? DEFAULT_SEED), 'run'), 0, 0);
  const order = Array.from({ length: rows }, (_, i) => permuted(i, rows, key));
  const inOrder = (values: ArrayLike<number>, size: number): Float32Array => {
    const out = new Float32Array(rows * size);
    order.forEach((row, i) => {
      for (let c = 0; c < size; c++) out[i * size + c] = values[row * size + c]!;
    });
    return out;
  };
  const targets = inOrder(y, targetSize);
  const step = stepOf(document, data);
  const places = placesOf(step);
  const arrays = new Map<string, NpzArray>([
    ['x', { shape: [rows, features], data: inOrder(x, features) }],
    ['y', classes === undefined ? { shape: [rows, targetSize], data: targets } : { shape: [rows], data: BigInt64Array.from(targets, BigInt) }],
  ]);
  for (const [path, tensor] of step.weights) {
    const place = places.get(path)!;
    if (/running_(mean|var)$/.test(place.key)) continue;
    const { shape, data: numbers } = toTorch(tensor, place);
    arrays.set(place.key, { shape, data: numbers as Float32Array });
  }
  return writeNpz(arrays);
}
