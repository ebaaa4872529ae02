// Flags of a run without a document, and what the command line says of words that it does not know.
import { describe, expect, it } from 'vitest';
import packageInfo from '../../package.json' with { type: 'json' };
import { targetFileOf } from '../../src/cli/array_flags.ts';
import { commandLine, requireCommand } from '../../src/cli/commands.ts';
import { DOCUMENT_FLAGS, documentFlagsIn, documentOfFlags, refuseDocumentFlags } from '../../src/cli/document_flags.ts';
import { digitsDocument } from '../../src/cli/documents.ts';
import { inFile, inFlags } from '../../src/cli/flag_words.ts';
import { writeNpz } from '../../src/exchange/npz.ts';
import { OPTIMIZER_FEATURES, ownOptions } from '../../src/experiment/registry/optimizers.ts';

/** What the command line's own parser makes of the words of a run. */
function flagsOf(...words: string[]): Record<string, unknown> {
  const run = commandLine().commands.find((command) => command.name() === 'run')!;
  run.action(() => {}).parse(words, { from: 'user' });
  return documentFlagsIn(run.opts());
}
const documentOf = (...words: string[]) => documentOfFlags(flagsOf(...words), new TextEncoder().encode(TABLE));
const TABLE = `id,town,sqm,price\n${Array.from({ length: 12 }, (_, row) => `${row},${['Oslo', 'Bergen'][row % 2]},${row % 5 ? row : ''},${row * 1000.5}`).join('\n')}`;

describe('flags in the place of a document', () => {
  it('describe the digits where they say nothing else', async () => {
    const { description: _, training: _epochs, ...digits } = digitsDocument();
    expect(await documentOf()).toEqual({ ...digits, training: { steps: 1080, batchSize: 32 } });
  });

  it('set depth, width, activation, normalisation, optimizer and steps', async () => {
    const { model, optimizer, training } = await documentOf(
      ...['--depth', '50', '--width', '32', '--activation', 'tanh', '--norm', 'layer_norm', '--initializer', 'lecun_normal'],
      ...['--optimizer', 'sgd', '--learning-rate', '0.1', '--momentum', '0.9', '--nesterov', '--steps', '200', '--batch-size', '16'],
    );
    expect(model.layers).toEqual([
      {
        type: 'repeat',
        times: 50,
        layers: [{ type: 'dense', units: 32, initializer: { scheme: 'lecun_normal' } }, { type: 'layer_norm' }, { type: 'activation', name: 'tanh' }],
      },
      { type: 'dense', units: 10, initializer: { scheme: 'lecun_normal' } },
    ]);
    expect(optimizer).toEqual({ name: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true, schedule: { name: 'cosine', tMax: 200, etaMin: 0.001 } });
    expect(training).toEqual({ steps: 200, batchSize: 16 });
  });

  it('count epochs as steps: of the digits, of a generator, of the part of a table that trains', async () => {
    expect((await documentOf('--epochs', '2')).training).toEqual({ steps: 90, batchSize: 32 });
    expect((await documentOf('--epochs', '3', '--data', 'two_spirals', '--batch-size', '100')).training.steps).toBe(3 * Math.ceil((0.8 * 400) / 100));
    const table = await documentOf('--epochs', '5', '--data', 'flats.csv', '--batch-size', '4');
    expect([table.training.steps, table.optimizer.schedule]).toEqual([5 * Math.ceil(10 / 4), { name: 'cosine', tMax: 15, etaMin: 0.002 / 100 }]);
    await expect(documentOf('--epochs', '2', '--steps', '9')).rejects.toThrow('--epochs: --steps says how long it trains: give one of the two');
    await expect(documentOf('--epochs', '0')).rejects.toThrow('--epochs: expected a positive integer, got 0');
  });

  it('take the rows of a generator, with the loss that they need', async () => {
    expect(await documentOf('--data', 'two_spirals')).toMatchObject({ loss: 'softmax_cross_entropy', model: { layers: [{}, { units: 2 }] } });
    expect(await documentOf('--data', 'sine')).toMatchObject({ loss: 'mse', model: { layers: [{}, { units: 1 }] } });
  });

  it('take a table, whose target decides what is trained', async () => {
    expect(await documentOf('--data', 'a/flats.csv', '--width', '8')).toMatchObject({
      name: 'flats',
      data: { source: 'csv', path: 'a/flats.csv', missing: 'mean', standardise: true, split: { validation: 0.2 } },
      loss: 'mse',
      model: { layers: [{ times: 2 }, { units: 1 }] },
      metrics: ['r2', 'rmse', 'mae'],
      // The weights of the best of fifty validations are kept.
      training: { steps: 1080, validateEvery: 22, earlyStopping: { patience: 10 } },
    });
    expect((await documentOf('--data', 'flats.csv', '--early-stopping', '0')).training).toEqual({ steps: 1080, batchSize: 32 });
    expect((await documentOf('--early-stopping', '3', '--steps', '20')).training).toEqual({
      ...{ steps: 20, batchSize: 32, validateEvery: 1 },
      earlyStopping: { patience: 3 },
    });
    const classes = await documentOf('--data', 'flats.csv.gz', '--target', 'town', '--missing', 'drop', '--missing-words', '-9,none', '--header');
    expect(classes).toMatchObject({ loss: 'softmax_cross_entropy', model: { layers: [{}, { units: 2 }] } });
    expect(classes.data).toMatchObject({ target: 'town', missing: 'drop', missingWords: ['-9', 'none'], header: true });
    expect((await documentOf('--data', 'flats.csv', '--target', '1', '--features', '2,price')).data).toMatchObject({ target: 1, features: [2, 'price'] });
    // Given again they are added up.
    const again = await documentOf('--data', 'flats.csv', '--missing-words', '-', '--missing-words', '?,--', '--features', 'sqm', '--features', '1');
    expect(again.data).toMatchObject({ missingWords: ['-', '?', '--'], features: ['sqm', 1] });
  });

  it('have every option of an optimizer that is a number, a word or a list of numbers', async () => {
    const names = DOCUMENT_FLAGS.map(({ name }) => name);
    for (const [optimizer, feature] of Object.entries(OPTIMIZER_FEATURES)) {
      for (const [name, { type }] of Object.entries(ownOptions(feature))) {
        if (name !== 'exclude' && type !== 'record') expect(names, `${optimizer}: ${name}`).toContain(name);
      }
    }
    expect((await documentOf('--betas', '0.8,0.99')).optimizer).toMatchObject({ name: 'adam', betas: [0.8, 0.99] });
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ['fromCsv: target: no column is named "x"', '--target: no column is named "x"'],
    [
      'csv, line 3: correct it, leave the column out with `features`, or `missingWords`: ["n.a."] (`categories`: ["zip code"])',
      "csv, line 3: correct it, leave the column out with --features, or --missing-words n.a. (--categories 'zip code')",
    ],
    ["fill it in, or choose missing: 'drop' or, for a feature, 'mean'", "fill it in, or choose --missing drop or, for a feature, 'mean'"],
    ['say how it is written: `decimal`: "," and `thousands`: "."', 'say how it is written: --decimal , and --thousands .'],
    ['is the first line a header, say `header`: true', 'is the first line a header, say --header true'],
    ["or `task`: 'classification' if these are classes", 'or --task classification if these are classes'],
    ['csv: thousands: expected another character', '--thousands: expected another character'],
    ['`optimizer` and `x`: 1 stay', '`optimizer` and `x`: 1 stay'],
  ])('messages speak of flags to those who wrote some: %s', (message, told) => {
    expect(inFlags(message)).toBe(told);
  });

  it('messages name the file of a table', async () => {
    expect(inFile('csv, line 47, column 2 (csv, of 2024): expected', 'a/deals.csv')).toBe('deals.csv, line 47, column 2 (csv, of 2024): expected');
    expect(inFile('csv: the text is empty', undefined)).toBe('csv: the text is empty');
    const damaged = documentOfFlags(flagsOf('--data', 'sales/deals.csv'), new TextEncoder().encode('a,b\n1,2\n3'));
    await expect(damaged).rejects.toThrow('deals.csv, line 3: expected 2 fields as in line 1, got 1');
  });

  /** A file of `numpy.save`: an array of one type. */
  const npy = (type: '<f4' | '|u1', shape: readonly number[], values: ArrayLike<number>): Uint8Array => {
    const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117);
    const header = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, 118, 0, ...new TextEncoder().encode(`${text}\n`)];
    const data = type === '<f4' ? new Uint8Array(Float32Array.from(values).buffer) : Uint8Array.from(values);
    return Uint8Array.from([...header, ...data]);
  };

  it('train on arrays, whose target is a file of its own, or an array of the .npz', async () => {
    const halves = (length: number): number[] => Array.from({ length }, (_, i) => i / 2);
    const numbers = npy('<f4', [40, 2], halves(80));
    const labels = npy(
      '|u1',
      [40],
      Array.from({ length: 40 }, (_, row) => row % 3),
    );
    const x = flagsOf('--data', 'a/x.npy', '--target', 'y.npy');
    const classes = await documentOfFlags(x, numbers, labels);
    expect(classes.data).toEqual({ source: 'numpy', x: 'a/x.npy', y: 'y.npy', classes: 3, split: { validation: 0.2 }, standardise: true });
    expect([classes.loss, classes.model.layers.at(-1), classes.metrics]).toEqual(['softmax_cross_entropy', expect.objectContaining({ units: 3 }), undefined]);
    const regression = await documentOfFlags({ ...x, task: 'regression' }, numbers, labels);
    expect([regression.loss, regression.model.layers.at(-1), regression.metrics]).toEqual([
      'mse',
      expect.objectContaining({ units: 1 }),
      ['r2', 'rmse', 'mae'],
    ]);
    // A column for each class.
    const oneHot = npy(
      '<f4',
      [40, 4],
      Array.from({ length: 160 }, (_, i) => ((i >> 2) % 4 === i % 4 ? 1 : 0)),
    );
    expect((await documentOfFlags(x, numbers, oneHot)).data).toMatchObject({ classes: 4 });
    expect((await documentOfFlags({ ...x, task: 'regression' }, numbers, oneHot)).loss).toBe('mse');
    await expect(documentOfFlags({ ...x, task: 'classification' }, numbers, numbers)).rejects.toThrow('rows of 2 targets are classes where one is 1');
    // Bytes of images stay bytes, and are flattened.
    const images = await documentOfFlags(x, npy('|u1', [40, 2, 2], { length: 160 }), labels);
    expect([images.data, images.model.layers[0]]).toEqual([expect.objectContaining({ divisor: 255, standardise: false }), { type: 'flatten' }]);
    // Other bytes are numbers like others: yes and no, and ages; and pixels in one row.
    const bytes = async (most: number) => {
      const column = Array.from({ length: 40 }, (_, row) => row % (most + 1));
      return (await documentOfFlags(x, npy('|u1', [40, 1], column.with(0, most)), labels)).data;
    };
    for (const most of [1, 90]) expect(await bytes(most)).toEqual(expect.not.objectContaining({ divisor: expect.anything() }));
    expect(await bytes(200)).toMatchObject({ divisor: 255, standardise: false });
    expect(() => targetFileOf('a/x.npy', {})).toThrow(
      'a/x.npy: it holds one array: --target names the file of the targets, as in `fathom x.npy --target y.npy`',
    );
    await expect(documentOfFlags({ ...x, missing: 'drop' }, numbers, labels)).rejects.toThrow('--missing: only a table has it');
    await expect(documentOfFlags({ ...x, task: 'classification' }, numbers, npy('<f4', [40], halves(40)))).rejects.toThrow('class indices count');
    // More than can be handed to Math.max at once.
    const many = 200_000;
    const each = Array.from({ length: many }, (_, i) => i);
    await expect(documentOfFlags({ ...x, task: 'classification' }, npy('<f4', [many, 1], each), npy('<f4', [many], each))).rejects.toThrow('classes: expected');
  });

  it.each([
    [['y_train', 'y_test', 'x_train', 'x_test'], { x: 'x_train', y: 'y_train', test: { x: 'x_test', y: 'y_test' } }],
    [
      ['train_images', 'train_labels', 'val_images', 'val_labels', 'test_images', 'test_labels'],
      { x: 'train_images', y: 'train_labels', test: { x: 'test_images', y: 'test_labels' } },
    ],
    [['trainX', 'trainY', 'testX'], { x: 'trainX', y: 'trainY' }],
    [['Y', 'X'], { x: 'X', y: 'Y' }],
    [['weights', 'target'], { x: 'weights', y: 'target' }],
  ])('find inputs, targets and a test part among the arrays %j', async (names, found) => {
    const of = (name: string) =>
      /y|label|target/i.test(name)
        ? { shape: [20], data: Float32Array.from({ length: 20 }, (_, row) => row % 2) }
        : { shape: [20, 2], data: new Float32Array(40).fill(0.5) };
    const { data } = await documentOfFlags(flagsOf('--data', 'all.npz'), writeNpz(new Map(names.map((name) => [name, of(name)]))));
    expect(data).toEqual({ source: 'numpy', path: 'all.npz', ...found, classes: 2, split: { validation: 0.2 }, standardise: true });
  });
  it('say it where a file of arrays has but one', async () => {
    const alone = writeNpz(new Map([['x', { shape: [2], data: Float32Array.of(1, 2) }]]));
    await expect(documentOfFlags(flagsOf('--data', 'all.npz'), alone)).rejects.toThrow('all.npz has one array, "x": inputs and targets are two');
  });

  it.each([
    [['--depth', 'x'], '--depth: expected a positive integer, got "x"'],
    [['--depth', '0'], '--depth: expected a positive integer, got 0'],
    [['--width', '1e99'], '--width: expected an integer of at most'],
    [['--steps', '1.5'], '--steps: expected a positive integer'],
    [['--activation', 'tahn'], 'got "tahn"; did you mean "tanh"?'],
    [['--optimizer', 'adma'], 'did you mean "adam"?'],
    [['--data', '__proto__'], '--data: expected one of digits, two_spirals'],
    [['--norm', 'batchnorm'], 'did you mean "batch_norm"?'],
    [['--initializer', 'hee_normal'], '--initializer'],
    [['--early-stopping', '-1'], '--early-stopping: expected a positive integer, got -1'],
    [['--learning-rate', '-1'], '--learning-rate: expected'],
    [['--momentum', '0.9'], '--momentum: unknown key'],
    [['--betas', '0.8'], '--betas: expected two numbers'],
    [['--amsgrad', 'yes'], '--amsgrad: expected true or false'],
    [['--target', 'price'], '--target: only a table has it: give one by --data'],
    [['--data', 'flats.csv', '--target', 'prize'], '--target: no column is named "prize"; did you mean "price"? There are ["id", "town", "sqm", "price"]'],
    [['--data', 'flats.csv', '--missing', 'men'], '--missing: expected one of error, mean, drop; got "men"; did you mean "mean"?'],
    [['--data', 'flats.xlsx'], '--data: expected one of digits'],
  ])('refuse %j in words of the flag', async (words, message) => {
    await expect(documentOf(...words)).rejects.toThrow(message);
  });

  it('are refused beside a document', () => {
    expect(() => refuseDocumentFlags(flagsOf('--weight-decay', '0'), 'x.json')).toThrow('--weight-decay: x.json says what is trained');
    expect(() => refuseDocumentFlags(flagsOf('x.json', '--seed', '3'), 'x.json')).not.toThrow();
  });
});

describe('a command that is none', () => {
  it.each([
    ['diagnos', /^diagnos is neither a command nor a file; did you mean "diagnose"\?$/],
    ['comapre', /did you mean "compare"\?$/],
    ['tran', /did you mean "run"\?$/],
    ['train', /did you mean "run"\?$/],
    ['score', /did you mean "evaluate"\?$/],
    ['xyzzy-xyzzy', /^xyzzy-xyzzy is neither a command nor a file; the commands are run, diagnose, /],
  ])('%s gets a sentence', (word, message) => {
    expect(() => requireCommand(commandLine(), [word, 'x.json'])).toThrow(message);
  });
  it.each(['run', 'diagnose', 'help', 'none.json', './x', '--depth', 'src', 'package.json', '-'])('%s is left alone', (word) => {
    expect(() => requireCommand(commandLine(), [word])).not.toThrow();
  });
});

it('every command that prints JSON, and every schema, is published in the package', () => {
  const { commands } = commandLine();
  const schema = commands.find((command) => command.name() === 'schema')!;
  const names = schema.options.flatMap(({ long }) => (long === '--out' ? [] : long!.slice(2)));
  const printing = commands.filter((command) => command.options.some(({ long, argChoices }) => long === '--format' && argChoices?.includes('json')));
  const called: Record<string, string> = { diagnose: 'diagnosis', treat: 'trials' };
  // The self-test's report has no schema yet.
  const printed = printing.map((command) => command.name()).filter((name) => name !== 'selftest');
  expect(printed).toContain('noise');
  expect(names).toEqual(expect.arrayContaining(printed.map((name) => called[name] ?? name)));
  for (const name of names) {
    expect(packageInfo.exports).toHaveProperty([`./${name}.schema.json`], `./dist/${name}.schema.json`);
    expect(packageInfo.scripts.build).toContain(`schema --${name} --out dist/${name}.schema.json`);
  }
});

it('one schema is printed at a time', async () => {
  await expect(commandLine().parseAsync(['schema', '--rules', '--noise'], { from: 'user' })).rejects.toThrow('expected one schema, got --rules and --noise');
});

it('treat refuses --weights with the reason, which its help has too', async () => {
  await expect(commandLine().parseAsync(['treat', '--weights', 'm.safetensors'], { from: 'user' })).rejects.toThrow(
    'treat begins with new weights each time. `fathom diagnose --weights`',
  );
  expect(
    commandLine()
      .commands.find((each) => each.name() === 'treat')!
      .description(),
  ).toContain('from new weights, since remedies change');
});
