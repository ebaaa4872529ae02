// Logs as people have them: samples that the tools wrote themselves (tests/fixtures/log_samples.py), the formats by their documentation, and damaged files of each.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../src/errors.ts';
import { meanings } from '../../src/experiment/logs/column_meaning.ts';
import { formatOf, LOG_FORMATS, readLog } from '../../src/experiment/logs/index.ts';
import type { LogFormat } from '../../src/experiment/logs/log_format.ts';
import { type LogSource, logSource, textSource } from '../../src/experiment/logs/log_source.ts';
import { isLogTable } from '../../src/experiment/logs/log_table.ts';
import { numberIn } from '../../src/experiment/logs/row_reader.ts';
import { maskedCrc } from '../../src/experiment/logs/tensorboard.ts';
import { FORMS, foreignRuns } from '../support/foreign_runs.ts';

const sample = (name: string): LogSource => {
  const bytes = new Uint8Array(readFileSync(new URL(`../fixtures/logs/${name}`, import.meta.url)));
  return logSource(name, bytes.length, () => [bytes.subarray(0, 777), bytes.subarray(777)]);
};
const EVENTS = 'events.out.tfevents.sample';

describe('what the tools wrote', () => {
  it.each(['run.csv', 'run.jsonl', EVENTS])('%s: the same losses, layers and norms', (name) => {
    const { history, notes, foreign } = readLog(sample(name));
    expect(foreign).toBe(true);
    expect([history.steps.length, history.steps.numbers[0]]).toEqual([40, 0]);
    expect(history.layers.map((layer) => layer.name)).toEqual(['0', '2', '4', '6']);
    const rows = readFileSync(new URL('../fixtures/logs/run.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    const first = JSON.parse(rows[0]!) as Record<string, number>;
    // TensorBoard has float32.
    expect(history.steps.loss[0]).toBeCloseTo(first['train/loss']!, 6);
    expect(history.steps.at(0)!.layers![3]!.tensors.weight_gradient!.l2).toBeCloseTo(first['grad_norm/6.weight']!, 6);
    expect(history.steps.at(1)).not.toHaveProperty('layers');
    expect(history.validations.map(({ step }) => step)).toEqual([9, 19, 29, 39]);
    expect(history.validations[0]!.validationAccuracy).toBeGreaterThan(0.2);
    expect(notes[1]).toMatch(/^Not used: .*"grad_norm\/0\.bias"/);
  });

  it('histograms of TensorBoard give the statistics of a tensor', () => {
    const weight = readLog(sample(EVENTS)).history.steps.at(0)!.layers![0]!.tensors.weight!;
    expect(weight).toMatchObject({ count: 128, nanCount: 0 });
    expect(weight.l2).toBeCloseTo(weight.rms * Math.sqrt(128), 9);
    expect(weight.std).toBeLessThanOrEqual(weight.rms);
    expect(weight.max).toBeLessThan(0.5);
  });
});

describe('formats', () => {
  const [run] = foreignRuns();
  it.each(Object.keys(FORMS).filter((form) => form !== 'norms alone'))('%s is recognized by its content, and read', (form) => {
    const { path, text } = FORMS[form]!(run!);
    expect(formatOf(textSource(path, text))).toBe(form);
    expect(readLog(textSource(path, text)).history.steps.length).toBeGreaterThan(3);
  });

  it('say where their samples come from', () => {
    for (const { sample: from } of Object.values<LogFormat>(LOG_FORMATS)) expect(from).toMatch(/^(written by|from) /);
  });

  it('Hugging Face: the mean over the whole run at the end is no loss of a step', () => {
    const log_history = [
      { epoch: 0.5, grad_norm: 1.2, learning_rate: 5e-5, loss: 1.4, step: 10 },
      { epoch: 0.5, eval_loss: 1.3, eval_accuracy: 0.4, eval_runtime: 3, step: 10 },
      { epoch: 1, grad_norm: 'NaN', learning_rate: 4e-5, loss: 0.9, step: 20 },
      { epoch: 1, step: 20, total_flos: 1e9, train_loss: 1.15, train_runtime: 60 },
    ];
    const { history, notes } = readLog(textSource('trainer_state.json', JSON.stringify({ log_history }, null, 2)));
    expect([...history.steps.loss]).toEqual([1.4, 0.9]);
    expect(history.steps.at(1)!.gradientNorm).toBeNaN();
    expect(history.validations).toEqual([{ step: 10, epoch: 0.5, trainLoss: 1.4, validationLoss: 1.3, validationAccuracy: 0.4 }]);
    expect(notes[1]).toBe('Not used: "eval_runtime".');
  });

  it('W&B: a chart’s table, and histograms', () => {
    const chart = 'Step,"run, 1 - train/loss","run, 1 - train/loss__MIN","run, 1 - train/loss__MAX"\n0,2,1,3\n1,1.5,1,3\n';
    expect([...readLog(textSource('wandb_chart.csv', chart)).history.steps.loss]).toEqual([2, 1.5]);
    const rows = [0, 1].map((step) => ({ _step: step, loss: 1, 'gradients/fc1.weight': { _type: 'histogram', values: [1, 2, 1], bins: [-3, -1, 1, 3] } }));
    const { weight_gradient } = readLog(textSource('history.json', JSON.stringify(rows))).history.steps.at(0)!.layers![0]!.tensors;
    expect(weight_gradient).toMatchObject({ count: 4, mean: 0, min: -3, max: 3, l2: Math.sqrt(8) });
  });

  it('W&B: of a chart of several runs one is read, and which it is has to be said', () => {
    const curve = (name: string): string => ['', '__MIN', '__MAX'].map((bound) => `"${name} - loss${bound}"`).join(',');
    const chart = textSource('chart.csv', `"Step",${curve('run-a')},${curve('run - b')}\n0,2,2,2,5,5,5\n1,1,1,1,4,4,4\n`);
    expect(() => readLog(chart)).toThrow('chart.csv: the chart has 2 runs: 1 "run-a", 2 "run - b"; --run 1 reads the first, or keep the columns of one');
    const losses = [1, 2].map((run) => [...readLog(chart, { run }).history.steps.loss]);
    expect(losses).toEqual([
      [2, 1],
      [5, 4],
    ]);
    expect(() => readLog(chart, { run: 3 })).toThrow('--run 3: the chart has 2 runs');
  });

  it('columns of one name are refused where they are used', () => {
    expect(() => readLog(textSource('run.csv', 'step,loss, loss\n1,2,9\n'))).toThrow(
      'run.csv: line 1: columns 2 and 3 are both called "loss", and only one of them can be read: give one of them another name, or leave it out',
    );
    expect([...readLog(textSource('run.csv', 'step,loss,note,note\n1,2,9,8\n')).history.steps.loss]).toEqual([2]);
    expect([...readLog(textSource('run.csv', 'step,loss,lr,lr\n1,2,9,8\n'), { map: ['lr=none'] }).history.steps.loss]).toEqual([2]);
  });

  it('Keras: losses are means over epochs, which say nothing of the beginning', () => {
    const { history } = readLog(textSource('history.json', JSON.stringify({ loss: [0.3, 0.2], val_loss: [0.4, 0.35], accuracy: [0.9, 0.95] })));
    expect(history).toMatchObject({ averaged: true, validations: [{ step: 0, trainLoss: 0.3, trainAccuracy: 0.9 }, { step: 1 }] });
  });
});

describe('rows without a number', () => {
  const losses = [0.9, 0.5, 0.3, 0.2];
  const csv = (index: string, validated: (row: number) => boolean): string =>
    [`${index}loss,val_loss`, ...losses.map((loss, i) => `${index === '' ? '' : `${i},`}${loss},${validated(i) ? loss + 0.1 : ''}`)].join('\n');
  const json = JSON.stringify({ loss: losses, val_loss: losses.map((loss) => loss + 0.1) });
  it.each([
    ['with an index', 'history.csv', csv(',', () => true)],
    ['without one', 'history.csv', csv('', () => true)],
    ['as JSON Lines', 'history.jsonl', losses.map((loss) => JSON.stringify({ loss, val_loss: loss + 0.1 })).join('\n')],
    ['printed', 'out.log', losses.map((loss) => `loss: ${loss} val_loss: ${loss + 0.1}`).join('\n')],
  ])('a history of Keras as pandas writes it is one of epochs: %s', (_, name, text) => {
    const { history, notes } = readLog(textSource(name, text));
    const { history: same } = readLog(textSource('history.json', json));
    expect(notes).toContain('Rows have no number and most are validated: they were taken for epochs.');
    expect(history.averaged).toBe(true);
    expect([[...history.steps.numbers], history.validations]).toEqual([[...same.steps.numbers], same.validations]);
  });

  it('are steps where few are validated', () => {
    const { history } = readLog(
      textSource(
        'history.csv',
        csv('', (row) => row % 2 === 1),
      ),
    );
    expect(history.averaged).toBeUndefined();
    expect([...history.steps.numbers]).toEqual([1, 2, 3, 4]);
  });
});

describe('JSON and files of one scalar', () => {
  const rows = [0.9, 0.5, 0.3, 0.2].map((loss) => ({ loss, val_loss: loss + 0.1 }));
  const columns = ['loss', 'val_loss'];
  const { history: same } = readLog(
    textSource('history.json', JSON.stringify({ loss: rows.map(({ loss }) => loss), val_loss: rows.map((row) => row.val_loss) })),
  );
  const fields = [{ name: 'index', type: 'integer' }, ...columns.map((name) => ({ name, type: 'number' }))];
  const lists = Object.fromEntries(columns.map((name) => [name, rows.map((row) => row[name as 'loss'])]));
  it.each([
    ['records', rows],
    ['split', { columns, index: [0, 1, 2, 3], data: rows.map(Object.values) }],
    ['index', Object.fromEntries(rows.map((row, i) => [i, row]))],
    ['columns', Object.fromEntries(columns.map((name) => [name, Object.fromEntries(lists[name]!.map((value, i) => [i, value]))]))],
    ['table', { schema: { fields, primaryKey: ['index'] }, data: rows.map((row, index) => ({ index, ...row })) }],
    ['a history as an object', { params: { epochs: 4 }, epoch: [0, 1, 2, 3], history: lists }],
    ['parts', { train: { loss: lists.loss }, val: { loss: lists.val_loss } }],
    ['rows within an object', { config: { layers: [3, 4] }, log: rows }],
  ])('a history as %s', (_, value) => {
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 1)]) {
      const source = textSource('log.json', text);
      expect(formatOf(source)).toBeDefined();
      const { history } = readLog(source);
      expect([history.averaged, [...history.steps.numbers], [...history.steps.loss]]).toEqual([true, [0, 1, 2, 3], [...same.steps.loss]]);
      expect(history.validations).toEqual(same.validations);
    }
  });

  it('an experiment is no log', () => {
    const document = readFileSync(new URL('../../demo/experiments/digits.json', import.meta.url), 'utf8');
    expect(formatOf(textSource('digits.json', document))).toBeUndefined();
  });

  const exported = 'Wall time,Step,Value\n1700000000.5,0,2.3\n1700000001.5,10,2.1\n';
  const triples = '[[1700000000.5, 0, 2.3], [1700000001.5, 10, 2.1]]';
  const mlflow = '1700000000500 2.3 0\n1700000001500 2.1 10\n';
  it.each([
    ['run-train-tag-loss.csv', exported],
    ['run-.-tag-epoch_loss (1).csv', exported],
    ['loss.json', triples],
    ['mlruns/0/a1/metrics/train_loss', mlflow],
    ['loss.txt', mlflow],
  ])('one scalar, named by its file: %s', (name, text) => {
    const source = textSource(name, text);
    expect(formatOf(source)).toBe('scalar_series');
    const { steps } = readLog(source).history;
    expect([[...steps.numbers], [...steps.loss]]).toEqual([
      [0, 10],
      [2.3, 2.1],
    ]);
    expect(isLogTable(source)).toBe(true);
  });

  it.each([
    ['metrics/accuracy', mlflow],
    ['run-train-tag-accuracy.csv', exported],
    ['scalars.json', triples],
  ])('one scalar that may be anything is asked for: %s', (name, text) => {
    expect(() => readLog(textSource(name, text))).toThrow(`--map 'Value=loss'`);
    expect([...readLog(textSource(name, text), { map: ['Value=loss'] }).history.steps.loss]).toEqual([2.3, 2.1]);
  });

  it('the losses of a validation alone are not taken for those of training', () => {
    expect(() => readLog(textSource('run-validation-tag-epoch_loss.csv', exported))).toThrow('no column is a training loss');
  });
});

describe('columns', () => {
  const of = meanings();
  it.each([
    ['grad_norm', { to: 'plain', target: 'gradient_norm' }],
    ['grad_2.0_norm_total', { to: 'plain', target: 'gradient_norm' }],
    ['train/global_step', { to: 'plain', target: 'step' }],
    ['lr-AdamW', { to: 'plain', target: 'learning_rate' }],
    ['eval_loss', { to: 'plain', target: 'validation_loss' }],
    ['Loss/train', { to: 'plain', target: 'loss' }],
    ['lm loss', { to: 'plain', target: 'loss' }],
    ['val_accuracy', { to: 'plain', target: 'validation_accuracy' }],
    ['grad_norm/blocks.0.mlp.weight', { to: 'tensor', layer: 'blocks.0.mlp', kind: 'weight_gradient', stat: 'l2' }],
    ['fc1.weight.grad_norm', { to: 'tensor', layer: 'fc1', kind: 'weight_gradient', stat: 'l2' }],
    ['conv1/weight/l2', { to: 'tensor', layer: 'conv1', kind: 'weight', stat: 'l2' }],
    ['activations/fc1/std', undefined],
    ['loss scale', undefined],
    ['grad_norm/fc1.bias', undefined],
    ['time', undefined],
    ['Schritt', { to: 'plain', target: 'step' }],
    ['époque', { to: 'plain', target: 'epoch' }],
    ['pérdida_validación', { to: 'plain', target: 'validation_loss' }],
    ['потери', { to: 'plain', target: 'loss' }],
    ['验证损失', { to: 'plain', target: 'validation_loss' }],
    ['エポック', { to: 'plain', target: 'epoch' }],
    ['学習率', { to: 'plain', target: 'learning_rate' }],
    ['grad_norm/verlust', { to: 'tensor', layer: 'verlust', kind: 'weight_gradient', stat: 'l2' }],
  ])('%s', (column, meaning) => {
    if (meaning === undefined) expect(of(column, false)).toBeUndefined();
    else expect(of(column, false)).toMatchObject(meaning);
  });

  it.each(['epoch,train,valid', 'iter,nll,grad', 'batch_idx,ce,ce_val', 'n,J', 'Epoche;a', '轮,甲', 'эпоха,a'])(
    '%s over rows that count is the head of a log',
    (header) => {
      const separator = header.includes(';') ? ';' : ',';
      const row = (count: number): string =>
        [
          count,
          ...header
            .split(separator)
            .slice(1)
            .map(() => 2.5 - count / 100),
        ].join(separator);
      for (const counts of [
        [0, 1, 2],
        [10, 20, 30, 40],
      ]) {
        const source = textSource('run.csv', [`# a comment`, header, ...counts.map(row)].join('\n'));
        expect(isLogTable(source)).toBe(true);
        const other = header.split(separator)[1];
        expect(() => readLog(source)).toThrow(`--map '${other}=loss'. There are "${header.split(separator)[0]}", "${other}"`);
      }
    },
  );

  it.each([
    ['an index without a name', ',x,y\n0,1,2\n1,2,3\n2,3,4\n3,3,4\n'],
    ['an id', 'id,x,y\n0,1,2\n1,2,3\n2,3,4\n3,3,4\n'],
    ['batches of a product', 'batch,x,y\n1,1,2\n2,2,3\n3,3,4\n4,3,4\n'],
    ['times', 'epoch,x\n1700000000,1\n1700000060,2\n1700000120,3\n1700000180,3\n'],
    ['a measurement that counts nothing', 'n,x\n3,1\n1,2\n2,3\n9,1\n'],
    ['a counter behind', 'x,n\n3,1\n1,2\n2,3\n9,4\n'],
    ['two rows', 'n,x\n1,1\n2,2\n'],
    ['a loss of something', 'age,hair_loss,weight_loss_kg,sex,dose,height\n30,1,2,m,3,180\n40,0,1,f,2,170\n'],
    ['a cost', 'size,rooms,cost\n30,1,2\n40,2,3\n50,3,4\n'],
    ['the word in its cells', 'team,score,result\nA,1,loss 2\nB,3,win 1\nC,0,loss 4\n'],
  ])('a table with %s is trained on', (_, text) => {
    expect(isLogTable(textSource('rows.csv', text))).toBe(false);
  });

  it.each([
    ['loss,accuracy,val_loss', 'loss,accuracy,val_loss\n2.3,0.1,2.2\n2.1,0.2,2.1\n'],
    ['an index before them', ',loss,accuracy\n0,2.3,0.1\n1,2.1,0.2\n'],
    ['losses of parts alone', 'generator_loss,discriminator_loss,seconds\n2.3,0.1,3\n2.1,0.2,3\n'],
    ['blanks between its names', 'round train_loss error\n1 2.3 0.1\n2 2.1 0.2\n'],
    ['lines that a script prints', 'Using cuda\nEpoch 1, loss: 0.3\nEpoch 2, loss: 0.2\n'],
  ])('a text with %s is a log', (_, text) => {
    expect(isLogTable(textSource('rows.txt', text))).toBe(true);
  });

  it.each([
    ['train_loss,valid_loss,accuracy', 'validationAccuracy'],
    ['Training Loss,Validation Loss,Accuracy', 'validationAccuracy'],
    ['trn_loss,tst_loss,tst_acc', 'validationAccuracy'],
    ['loss,val_loss,accuracy', 'trainAccuracy'],
    ['train_loss,valid_loss,train_accuracy', 'trainAccuracy'],
  ])('the accuracy of epoch,%s is %s', (header, which) => {
    const { history, notes } = readLog(textSource('history.csv', `epoch,${header}\n0,0.9,0.8,0.5\n1,0.7,0.6,0.75\n`));
    expect(history.validations).toMatchObject([{ [which]: 0.5 }, { [which]: 0.75 }]);
    expect(Object.keys(history.validations[0]!).filter((key) => /Accuracy/.test(key))).toEqual([which]);
    expect(notes.join()).not.toContain('Not used');
  });

  it('a mapping says what no guess knows, and comes first', () => {
    const text = 't,objective,g::fc1,g::fc2,loss\n1,2,0.1,0.2,7\n2,1.5,0.1,0.3,7\n';
    const map = ['t=step', 'objective=loss', 'g::{layer}=weight_gradient.l2', 'loss=none'];
    const { history } = readLog(textSource('run.csv', text), { map });
    expect([...history.steps.loss]).toEqual([2, 1.5]);
    expect(history.steps.at(1)!.layers!.map(({ tensors }) => tensors.weight_gradient!.l2)).toEqual([0.1, 0.3]);
  });

  it.each([
    ['loss', 'expected column=what'],
    ['a=weight_gradient.l3', '"weight_gradient.l3" is nothing that is read; did you mean "weight_gradient.l2"?'],
    ['a=weight_gradient.l2', 'write {layer} where its name stands'],
    ['{layer}/{layer}=loss', 'expected {layer} once'],
  ])('--map %s is refused', (map, message) => {
    expect(() => meanings([map])).toThrow(UsageError);
    expect(() => meanings([map])).toThrow(message);
  });
});

describe('damaged files', () => {
  const [run] = foreignRuns();
  it.each(Object.keys(FORMS))('%s: cut in the middle, what came before is read or the error is typed', (form) => {
    const { path, text } = FORMS[form]!(run!);
    for (const part of [0, 0.01, 0.3, 0.77]) {
      try {
        const { history } = readLog(textSource(path, text.slice(0, Math.floor(text.length * part))));
        expect(history.steps.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error, `${form} at ${part}: ${error}`).toBeInstanceOf(DataError);
        expect((error as Error).message).toContain(path);
      }
    }
  });

  it('CSV: lines of another length are passed over with a word, and nothing but such is an error with the line', () => {
    const { history, notes } = readLog(textSource('run.csv', 'step,loss\n1,2\n2\n3,1,9\n4,0.5\n'));
    expect([...history.steps.numbers]).toEqual([1, 4]);
    expect(notes.at(-1)).toBe('2 lines were passed over, the first of them line 3: it has 1 cells, and the header 2.');
    expect(() => readLog(textSource('run.csv', 'step,loss\n1,2,3\n'))).toThrow('run.csv: line 2: it has 3 cells, and the header 2');
    expect(() => readLog(textSource('run.csv', '1,2\n3,4\n'))).toThrow('line 1: expected the names of columns, got numbers');
    expect(() => readLog(textSource('run.csv', 'step,lr\n1,2\n'))).toThrow(
      'no column is a training loss; say which with --map \'lr=loss\'. There are "step", "lr"',
    );
  });

  it.each([
    ['above the header', '# lr=0.1, momentum=0.9\n# seed 3\n\nstep,loss\n1,2.5\n2,1.5\n'],
    ['that is the header, as numpy.savetxt writes it', '# step,loss\n1,2.5\n2,1.5\n'],
    ['in a table of Keras', '# lr=0.1\nepoch,loss\n1,2.5\n2,1.5\n'],
    ['with a semicolon below', '# lr=0.1\nstep;loss\n1;2,5\n2;1,5\n'],
  ])('CSV: a comment %s', (_, text) => {
    for (const path of ['run.csv', 'run.log']) {
      const { history } = readLog(textSource(path, text));
      expect([[...history.steps.numbers], [...history.steps.loss]]).toEqual([
        [1, 2],
        [2.5, 1.5],
      ]);
    }
  });

  it.each([
    ['"tensor(2.5000)"', 2.5],
    [`"tensor(2.5, device='cuda:0', grad_fn=<NllLossBackward0>)"`, 2.5],
    ['"tensor([2.5])"', 2.5],
    ['np.float64(2.5)', 2.5],
    ['[2.5]', 2.5],
    ['tensor(nan)', Number.NaN],
  ])('a cell %s is its number', (cell, loss) => {
    const rows = [1, 2, 3].map((step) => `${step},${cell}`);
    expect([...readLog(textSource('run.csv', `step,loss\n${rows.join('\n')}\n`)).history.steps.loss]).toEqual([loss, loss, loss]);
  });

  it.each([
    ['12.5%', 0.125],
    ['0.5 %', 0.005],
    ['nan%', undefined],
    ['5%%', undefined],
    ['%', undefined],
    ['1.2.3%', undefined],
  ])('a cell %s is a part of one', (cell, value) => expect(numberIn(cell)).toBe(value));

  it.each(['Linear(784, 10)', 'Dropout(0.5)', 'layer[3]', '[1, 2]', 'tensor([1, 2])'])('a cell %s is no number', (cell) => {
    expect(numberIn(cell)).toBeUndefined();
  });

  it('CSV: cells in quotes with line breaks, wherever they stand; a lone quotation mark takes no lines with it', () => {
    const { history, notes } = readLog(textSource('run.csv', 'step,note,loss\n1,"a\nb, ""c""\n",2.5\n2,,1.5\n3,"x",1\n'));
    expect([[...history.steps.numbers], [...history.steps.loss]]).toEqual([
      [1, 2, 3],
      [2.5, 1.5, 1],
    ]);
    expect(notes.join()).not.toContain('passed over');
    const rows = Array.from({ length: 99 }, (_, i) => `${i + 2},,1`);
    expect(readLog(textSource('run.csv', ['step,note,loss', '1,"5 inches,2.5', ...rows].join('\n'))).history.steps.length).toBeGreaterThanOrEqual(99);
    expect(readLog(textSource('run.csv', ['step,note,loss', '1,5" wide,2.5', ...rows].join('\n'))).history.steps.length).toBe(100);
  });

  it('CSV: Windows-1252, as Excel writes it', () => {
    const text = 'époque;perte;perte_validation\n0;2,5;2,6\n1;1,5;1,6\n';
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const { history } = readLog(logSource('run.csv', bytes.length, () => [bytes]));
    expect(history.validations).toMatchObject([
      { step: 0, epoch: 0, validationLoss: 2.6 },
      { step: 1, epoch: 1, validationLoss: 1.6 },
    ]);
    // A letter of UTF-8 that the beginning cuts in half is no such text.
    const long = new TextEncoder().encode(`step,loss,é\n${'1,2,ééééé\n'.repeat(6000)}`);
    for (const shift of [0, 1])
      expect(
        logSource('run.csv', long.length, () => [new Uint8Array(shift).fill(10), long])
          .head.split('\n')
          .find(Boolean),
      ).toBe('step,loss,é');
  });

  it('JSON Lines: a line that is none is passed over with a word', () => {
    const { history, notes } = readLog(textSource('run.jsonl', '{"step":1,"loss":2}\n{"step":2,"lo\n[]\n{"step":3,"loss":1}'));
    expect([...history.steps.numbers]).toEqual([1, 3]);
    expect(notes.at(-1)).toMatch(/^2 lines were passed over, the first of them line 2: expected JSON/);
  });

  it('TensorBoard: cut, and with a wrong checksum', () => {
    const bytes = new Uint8Array(readFileSync(new URL(`../fixtures/logs/${EVENTS}`, import.meta.url)));
    const read = (given: Uint8Array) => readLog(logSource(EVENTS, given.length, () => [given]));
    const cut = read(bytes.subarray(0, bytes.length - 3));
    expect(cut.notes.at(-1)).toMatch(/^The file is cut off or damaged: the last record is not whole; [\d,]+ records before it were read\.$/);
    const first = 12 + new DataView(bytes.buffer).getUint32(0, true) + 4;
    const wrong = bytes.slice();
    wrong[first + 20]! ^= 1; // in the bytes of the second record
    expect(read(wrong).notes.at(-1)).toMatch(/^1 of [\d,]+ records have a wrong checksum or cannot be read: they were left out\.$/);
    const lost = bytes.slice();
    lost[2]! ^= 1; // in the length of the first
    expect(() => read(lost)).toThrow(`${EVENTS}: byte 0: the checksum of a record's length is wrong`);
    expect(() => read(new Uint8Array(0))).toThrow('there is no row of numbers in it');
    expect(maskedCrc(new TextEncoder().encode('123456789'))).toBe((((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0);
  });

  it('restarts and several runs in rows', () => {
    const rows = (from: number, to: number, loss: number) => Array.from({ length: to - from + 1 }, (_, i) => `${from + i},${loss}`);
    const { history, notes } = readLog(textSource('run.csv', ['step,loss', ...rows(1, 9, 2), ...rows(5, 8, 1), ...rows(1, 3, 7)].join('\n')));
    expect([...history.steps.loss]).toEqual([7, 7, 7]);
    expect(notes.at(-1)).toBe('The file holds 2 runs: this is the last; --run 1 takes the first.');
    const first = readLog(textSource('run.csv', ['step,loss', ...rows(1, 9, 2), ...rows(5, 8, 1), ...rows(1, 3, 7)].join('\n')), { run: 1 });
    expect([...first.history.steps.loss]).toEqual([2, 2, 2, 2, 1, 1, 1, 1]);
  });

  it('a file of any size is read in pieces: 40 MB here, without its text as a whole', () => {
    const header = new TextEncoder().encode('step,loss,grad_norm\n');
    const piece = (at: number): Uint8Array =>
      new TextEncoder().encode(Array.from({ length: 1000 }, (_, i) => `${at * 1000 + i},${1 / (1 + at)}00000000000000000000,0.5\n`).join(''));
    const pieces = 250;
    const source = logSource('run.csv', 2 ** 33, function* () {
      yield header;
      for (let at = 0; at < pieces; at++) yield piece(at);
    });
    expect(readLog(source).history.steps.length).toBe(1000 * pieces);
    expect(() => source.text()).toThrow('expected at most 400,000,000 bytes of one JSON value, got 8,589,934,592');
  });
});
