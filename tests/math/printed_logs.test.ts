// Logs in the forms in which people's scripts print them: each is read rightly, or refused with what to do next.
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { readLog } from '../../src/experiment/logs/index.ts';
import type { LogOptions } from '../../src/experiment/logs/log_format.ts';
import { textSource } from '../../src/experiment/logs/log_source.ts';
import { diagnose } from '../../src/inspect/diagnose/index.ts';
import { cpuTime } from '../support/cpu_time.ts';

const STEPS = 12;
const numbers = Array.from({ length: STEPS }, (_, i) => i + 1);
const loss = (step: number): number => Number((2.3 * 0.9 ** step).toFixed(4));
const norm = (step: number): number => Number((0.5 + step / 100).toFixed(4));
const lines = (line: (step: number) => string): string => numbers.map((step) => `${line(step)}\n`).join('');
const read = (path: string, text: string, options?: LogOptions) => readLog(textSource(path, text), options);
const comma = (text: string): string => text.replaceAll('.', ',');
/** The epoch of a step, of four steps each, from 0; and the step in it, from 0. */
const epoch = (step: number): number => Math.floor((step - 1) / 4);
const batch = (step: number): number => (step - 1) % 4;

const ALIKE: Record<string, [path: string, text: string]> = {
  'words and numbers': ['run.txt', lines((s) => `step ${s} loss ${loss(s)} grad_norm ${norm(s)}`)],
  'equals signs': ['run.log', lines((s) => `step=${s} loss=${loss(s)} lr=1.0e-03 grad_norm=${norm(s)}`)],
  logging: ['run.log', lines((s) => `2024-05-01 12:00:00,123 - train.py:42 - INFO - step: ${s} loss: ${loss(s)} lr: 1e-3 grad_norm: ${norm(s)}`)],
  'loguru, steps of epochs': [
    'run.out',
    lines(
      (s) => `2024-05-01 12:00:00.123 | INFO | __main__:train:42 - Epoch [${epoch(s) + 1}/3] Step [${batch(s) + 1}/4] Loss: ${loss(s)}, grad norm: ${norm(s)}`,
    ),
  ],
  'a bar of tqdm': ['run.log', numbers.map((s) => `\r${s}%|##   | ${s}/12 [00:02<00:10,  1.00it/s, loss=${loss(s)}, grad_norm=${norm(s)}]`).join('')],
  'bars of epochs': [
    'run.log',
    numbers
      .map((s) => `\rEpoch ${epoch(s)}: 25%|##  | ${batch(s) + 1}/4 [00:02<00:10, 1.0it/s, v_num=0, train_loss=${loss(s)}, grad_norm=${norm(s)}]`)
      .join(''),
  ],
  'bars without a word for the epoch': [
    'run.log',
    numbers.map((s) => `\r 25%|##  | ${batch(s) + 1}/4 [00:02<00:10, 1.0it/s, loss=${loss(s)}, grad_norm=${norm(s)}]`).join(''),
  ],
  'dicts of Python': ['run.txt', lines((s) => `{'step': ${s}, 'loss': tensor(${loss(s)}, grad_fn=<A>), 'grad_norm': np.float64(${norm(s)}), 'note': None}`)],
  'a dict behind a prefix': ['run.log', lines((s) => `INFO:root:step ${s} {'loss': ${loss(s)}, 'grad_norm': ${norm(s)}}`)],
  'JSON behind a prefix': ['run.log', lines((s) => `[12:00:01] {"step": ${s}, "loss": ${loss(s)}, "grad_norm": ${norm(s)}}`)],
  blanks: ['run.txt', `step loss grad_norm\n${lines((s) => `${s}   ${loss(s)} ${norm(s)}`)}`],
  'CSV as text': ['run.txt', `step,loss,grad_norm\n${lines((s) => `${s},${loss(s)},${norm(s)}`)}`],
  'decimal commas': ['run.csv', `step;loss;grad_norm\n${comma(lines((s) => `${s};${loss(s)};${norm(s)}`))}`],
  'quoted decimal commas': ['run.csv', `step,loss,grad_norm\n${lines((s) => `${s},"${comma(String(loss(s)))}","${comma(String(norm(s)))}"`)}`],
  'an index of pandas': ['run.csv', `,step,loss,grad_norm\n${lines((s) => `${s - 1},${s},${loss(s)},${norm(s)}`)}`],
  'steps in scientific notation': ['run.csv', `step,loss,grad_norm\n${lines((s) => `${s.toExponential(3)},${loss(s)},${norm(s)}`)}`],
  'steps that begin anew in each epoch': ['run.csv', `epoch,batch,loss,grad_norm\n${lines((s) => `${epoch(s)},${batch(s) + 1},${loss(s)},${norm(s)}`)}`],
  'a row for each metric': ['run.csv', `run_id,key,value,step\n${lines((s) => `a,loss,${loss(s)},${s}\na,grad_norm,${norm(s)},${s}`)}`],
  'rows in a list': ['run.json', JSON.stringify(numbers.map((step) => ({ step, loss: loss(step), grad_norm: norm(step) })))],
  'lists of steps': ['run.json', JSON.stringify({ step: numbers, train_losses: numbers.map(loss), grad_norms: numbers.map(norm) })],
  Fairseq: [
    'run.log',
    lines((s) => `2024-05-01 12:00:00 | INFO | train_inner | epoch 001:  ${s} / 12 loss=${loss(s)}, ppl=8.1, num_updates=${s}, gnorm=${norm(s)}`),
  ],
};

it.each(Object.entries(ALIKE))('%s', (_, [path, text]) => {
  const { history } = read(path, text);
  expect([...history.steps.numbers]).toEqual(numbers);
  expect([...history.steps.loss]).toEqual(numbers.map(loss));
  expect([...history.steps].map(({ gradientNorm }) => gradientNorm)).toEqual(numbers.map(norm));
  expect(history.layers).toEqual([]);
});

const LAYERS = ['fc1', 'fc2', 'fc3'];
const of = (layer: string, step: number): number => Number((step * (1 + LAYERS.indexOf(layer))).toFixed(4));
const BY_LAYER: Record<string, [path: string, text: string, map?: string[]]> = {
  'a row for each layer': [
    'run.csv',
    `step,loss,layer,grad_norm\n${numbers.flatMap((s) => LAYERS.map((layer) => `${s},${loss(s)},${layer},${of(layer, s)}\n`)).join('')}`,
  ],
  'a row for each layer, values without a name': [
    'run.csv',
    `step,loss,layer,value\n${numbers.flatMap((s) => LAYERS.map((layer) => `${s},${loss(s)},${layer},${of(layer, s)}\n`)).join('')}`,
    ['{layer}/value=weight_gradient.l2'],
  ],
  'a column for each layer, by a map': [
    'run.csv',
    `step,loss,fc1,fc2,fc3\n${lines((s) => [s, loss(s), ...LAYERS.map((layer) => of(layer, s))].join(','))}`,
    ['{layer}=weight_gradient.l2'],
  ],
  'objects in objects': [
    'run.jsonl',
    lines((s) =>
      JSON.stringify({
        step: s,
        loss: loss(s),
        grad: Object.fromEntries(
          LAYERS.flatMap((layer) => [
            [`${layer}.weight`, of(layer, s)],
            [`${layer}.bias`, 9],
          ]),
        ),
      }),
    ),
  ],
  'a list of layers': ['run.jsonl', lines((s) => JSON.stringify({ step: s, loss: loss(s), layers: LAYERS.map((name) => ({ name, grad_norm: of(name, s) })) }))],
  'lines of layers below a step': [
    'run.txt',
    lines((s) => [`step ${s} loss ${loss(s)}`, ...LAYERS.map((layer) => `  ${layer}.weight grad norm ${of(layer, s)}`)].join('\n')),
  ],
};

it.each(Object.entries(BY_LAYER))('by layer: %s', (_, [path, text, map]) => {
  const { history } = read(path, text, map ? { map } : {});
  expect([...history.steps.loss]).toEqual(numbers.map(loss));
  expect(history.layers.map(({ name }) => name)).toEqual(LAYERS);
  expect([...history.steps].map(({ layers }) => layers!.map(({ tensors }) => tensors.weight_gradient!.l2))).toEqual(
    numbers.map((s) => LAYERS.map((layer) => of(layer, s))),
  );
  expect([...history.steps].every(({ gradientNorm }) => gradientNorm === undefined || Number.isNaN(gradientNorm))).toBe(true);
});

describe('validations', () => {
  const validated = (path: string, text: string) =>
    read(path, text).history.validations.map(({ validationLoss, validationAccuracy }) => [validationLoss, validationAccuracy]);
  it('beside the loss of an epoch, which is a mean', () => {
    const { history } = read(
      'run.txt',
      lines((s) => `Epoch ${s}/12 - loss: ${loss(s)} - acc: 0.5 - val_loss: ${loss(s) + 1} - val_acc: 50.5%`),
    );
    expect(history).toMatchObject({ averaged: true });
    expect([...history.steps.loss]).toEqual(numbers.map(loss));
    expect(history.validations.map(({ trainLoss, validationLoss, validationAccuracy }) => [trainLoss, validationLoss, validationAccuracy])).toEqual(
      numbers.map((s) => [loss(s), loss(s) + 1, 0.505]),
    );
  });
  it('in lines of their own', () => {
    const text = lines((s) => `Epoch ${s}\n  Train Loss: ${loss(s)} Acc: 0.6\n  Val Loss: ${loss(s) + 1} Acc: 0.25`);
    expect(validated('run.txt', text)).toEqual(numbers.map((s) => [loss(s) + 1, 0.25]));
    const mnist = lines(
      (s) =>
        `Train Epoch: ${epoch(s) + 1} [${batch(s) * 640}/60000 (${batch(s)}%)]\tLoss: ${loss(s)}${batch(s) === 3 ? `\n\nTest set: Average loss: ${loss(s) + 1}, Accuracy: 9100/10000 (91%)\n` : ''}`,
    );
    expect([...read('run.txt', mnist).history.steps.loss]).toEqual(numbers.map(loss));
    expect(validated('run.txt', mnist)).toEqual([4, 8, 12].map((s) => [loss(s) + 1, 0.91]));
    const nano = lines(
      (s) => `${s % 4 === 0 ? `step ${s}: train loss ${loss(s)}, val loss ${loss(s) + 1}\n` : ''}iter ${s}: loss ${loss(s)}, time 123.45ms, mfu 12.30%`,
    );
    expect([...read('run.txt', nano).history.steps.loss]).toEqual(numbers.map(loss));
    expect(validated('run.txt', nano).map(([value]) => value)).toEqual([4, 8, 12].map((s) => loss(s) + 1));
    const bars = numbers
      .map(
        (s) =>
          `\r${s}/12 [00:02<00:10, 1.0it/s, loss=${loss(s)}]${s % 4 === 0 ? `\nValidation: 100%|###| 5/5 [00:01<00:00, 5it/s, loss=${loss(s) + 1}]\n` : ''}`,
      )
      .join('');
    expect([...read('run.log', bars).history.steps.loss]).toEqual(numbers.map(loss));
    expect(validated('run.log', bars).map(([value]) => value)).toEqual([4, 8, 12].map((s) => loss(s) + 1));
  });
  it('where a table of floats has NaN, nothing was validated; None and empty cells are none', () => {
    const text = `step,loss,val_loss,grad_norm\n${lines((s) => `${s},${loss(s)},${s % 4 ? 'nan' : loss(s) + 1},${s % 2 ? 'None' : ''}`)}`;
    expect(validated('run.csv', text).map(([value]) => value)).toEqual([4, 8, 12].map((s) => loss(s) + 1));
  });
  it('in a shorter list, they are spread over the steps', () => {
    const { history, notes } = read('run.json', JSON.stringify({ train_loss: numbers.map(loss), val_loss: [4, 8, 12].map(loss) }));
    expect(history.validations.map(({ step, validationLoss }) => [step, validationLoss])).toEqual([4, 8, 12].map((s) => [s, loss(s)]));
    expect(notes.at(-1)).toBe('Shorter than 12 steps, and spread evenly over them: "val_loss".');
  });
});

it('a loss that is not finite is one', () => {
  expect([...read('run.txt', 'step 1 loss 2\nstep 2 loss nan\nstep 3 loss inf\n').history.steps.loss]).toEqual([2, Number.NaN, Number.POSITIVE_INFINITY]);
  expect([...read('run.txt', "{'step': 1, 'loss': 2}\n{'step': 2, 'loss': nan}\n{'step': 3, 'loss': tensor(-inf)}\n").history.steps.loss]).toEqual([
    2,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ]);
});

it('settings that are printed before are no layers, and grad alone is the norm', () => {
  const { history, notes } = read(
    'run.log',
    `  max_grad_norm: 1.0\n  epochs: 3\n${lines((s) => `Epoch 0 | Step ${s}/12 | Loss: ${loss(s)} | LR: 1e-4 | Grad: ${norm(s)} | Time: 1.07s`)}`,
  );
  expect(history.layers).toEqual([]);
  expect([...history.steps].map(({ gradientNorm }) => gradientNorm)).toEqual(numbers.map(norm));
  expect(notes.join(' ')).not.toContain('--map');
  expect(read('run.csv', `step,loss,fc1,fc2\n${lines((s) => `${s},${loss(s)},1,1`)}`).notes[1]).toContain("--map '{layer}=weight_gradient.l2'");
});

it.each([
  ['of steps', (step: number): string => `"${step.toLocaleString('en')}",${4200.5 - step}`],
  ['of losses', (step: number): string => `${step},"${(4200 - step).toLocaleString('en')}.5"`],
])('groups of digits %s in a table with decimal points', (_, row) => {
  const { history } = readLog(textSource('run.csv', ['step,loss', ...Array.from({ length: 20 }, (_, i) => row((i + 1) * 100))].join('\n')));
  expect([...history.steps.numbers]).toEqual(Array.from({ length: 20 }, (_, i) => (i + 1) * 100));
  expect([...history.steps.loss]).toEqual(Array.from({ length: 20 }, (_, i) => 4200.5 - (i + 1) * 100));
});

it('groups of digits in a table with decimal commas', () => {
  const { history } = read('run.csv', 'step;loss\n1.000;2.300,5\n2.000;1.100,25\n3.000;0,125\n');
  expect([...history.steps.numbers]).toEqual([1000, 2000, 3000]);
  expect([...history.steps.loss]).toEqual([2300.5, 1100.25, 0.125]);
});

it('two runs, each with epochs whose steps begin anew', () => {
  const run = lines((s) => `${epoch(s)},${batch(s)},${loss(s)}`);
  const { history, notes } = read('run.csv', `epoch,step,loss\n${run}${run}`);
  expect([...history.steps.loss]).toEqual(numbers.map(loss));
  expect(notes.slice(1)).toEqual([
    'Steps begin anew in each epoch: they were counted on.',
    'The file holds 2 runs: this is the last; --run 1 takes the first.',
  ]);
});

it.each([
  ['run.txt', 'hello\nworld\n', 'no number has a name before it at all'],
  ['run.txt', '1 tensor(2.3, grad_fn=<A>)\n2 tensor(2.2, grad_fn=<A>)\n', 'as "step 10 loss 2.30" has'],
  [
    'run.log',
    'step 1 objective 2.3\nstep 2 objective 2.2\n',
    `no column is a training loss; say which with --map 'objective=loss'. There are "step", "objective"`,
  ],
  ['run.log', 'objective 2.3\nobjective 2.2\n', `--map 'objective=loss' says which of the others it is: "objective"`],
  ['run.log', 'step 1 loss 2,31\nstep 2 loss 2,25\n', 'no column is a training loss'],
  ['run.csv', 'Wall time,Step,Value\n1.7,1,2.3\n1.8,2,2.2\n', "say which with --map 'Value=loss'"],
  ['run.csv', '1,2.3\n2,2.2\n', 'line 1: expected the names of columns, got numbers: write "step,loss" above them'],
  ['runs.csv', 'Name,train/loss,iter\na-1,2,9\nb-1,1,9\nc-1,3,9\n', 'line 2: each row is another "Name" ("a-1", "b-1", ...): a table of runs'],
  ['run.log', '', 'no number has a name before it at all'],
])('%s: %j is refused with what to do next', (path, text, message) => {
  expect(() => read(path, text)).toThrow(DataError);
  expect(() => read(path, text)).toThrow(message);
});

it('numbers below the heading of a validation are of it, as in the quickstart of PyTorch', () => {
  const epoch = (e: number): string =>
    `Epoch ${e}\n-------------------------------\nloss: ${2 / e}  [   64/60000]\nloss: ${1.9 / e}  [ 6464/60000]\nTest Error: \n Accuracy: 45.2%, Avg loss: ${1.8 / e} \n\n`;
  const { history } = readLog(textSource('out.log', [1, 2, 3].map(epoch).join('')));
  expect([...history.steps.loss]).toEqual([2, 1.9, 1, 0.95, 2 / 3, 1.9 / 3]);
  expect(history.validations.map(({ validationLoss }) => validationLoss)).toEqual([1.8, 0.9, 1.8 / 3]);
  expect(history.validations[0]!.validationAccuracy).toBeCloseTo(0.452, 9);
});

it('a map says what a word is', () => {
  expect([
    ...read(
      'run.log',
      lines((s) => `step ${s} objective ${loss(s)}`),
      { map: ['objective=loss'] },
    ).history.steps.loss,
  ]).toEqual(numbers.map(loss));
  expect([...read('run.csv', `Wall time,Step,Value\n${lines((s) => `1.7,${s},${loss(s)}`)}`, { map: ['Value=loss'] }).history.steps.loss]).toEqual(
    numbers.map(loss),
  );
});

it('long lines of anything are passed over in bounded time', () => {
  const started = cpuTime();
  const text = `${'a'.repeat(2_000_000)}\n${'a b '.repeat(4_000)}\n${'a1_'.repeat(6_000)}\n${"{'a': ".repeat(3_000)}}\n${'1'.repeat(19_000)}\nstep 1 loss 2\n`;
  expect([...read('run.log', text).history.steps.loss]).toEqual([2]);
  expect(cpuTime() - started).toBeLessThan(2000);
});

it('a nan or an infinity between blanks is the number of the name before it, and no part of the next name', () => {
  const { steps } = read(
    'run.log',
    'step 1 loss 2.5 gnorm 1.5\nstep 2 loss nan gnorm 70.0 lr 1e-3\nstep 3 loss NaN gnorm inf lr 1e-3\nstep 4 loss -inf gnorm -nan\n',
  ).history;
  expect([...steps.loss]).toEqual([2.5, Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY]);
  expect([...steps.gradientNorm]).toEqual([1.5, 70, Number.POSITIVE_INFINITY, Number.NaN]);
});

describe('classes that a log does not say', () => {
  const flat = (loss: number, accuracy?: string): string =>
    numbers
      .map((e) => `Epoch ${e}/12 loss: ${(loss + 0.0004 * (e % 3)).toFixed(4)}${accuracy === undefined ? '' : `, val_loss: ${loss}, val_acc: ${accuracy}`}\n`)
      .join('');
  const stuck = (text: string, options?: LogOptions) => {
    const { history, notes } = read('run.log', text, options);
    return { task: history.task, notes: notes.join(' '), rules: diagnose(history).findings.map(({ rule }) => rule) };
  };

  it('are those whose loss of knowing nothing the run begins with, at the accuracy of chance', () => {
    expect(stuck(flat(Math.log(10), '9.80%'))).toMatchObject({
      task: { kind: 'classification', classes: 10 },
      notes: expect.stringContaining('Taken for 10 classes'),
      rules: ['loss_stuck'],
    });
    expect(stuck(flat(Math.log(37), '0.027'))).toMatchObject({ task: { classes: 37 }, rules: ['loss_stuck'] });
    // Without an accuracy only of numbers that are common.
    expect(stuck(flat(Math.log(2)))).toMatchObject({ task: { classes: 2 }, rules: ['loss_stuck'] });
    expect(stuck(flat(Math.log(37))).task).toBeUndefined();
  });

  it('and no loss that happens to be there: right answers, one that falls, or what the user says', () => {
    expect(stuck(flat(Math.log(2), '81.0')).task).toBeUndefined();
    expect(stuck(flat(0.42, '0.1')).task).toBeUndefined();
    expect(stuck(lines((s) => `epoch ${s} loss ${(Math.LN2 * 0.98 ** (s - 1)).toFixed(4)}`)).task).toBeUndefined();
    expect(stuck(flat(Math.log(10), '9.80%'), { baselineLoss: 3 }).task).toEqual({ kind: 'regression', baselineLoss: 3 });
  });
});
