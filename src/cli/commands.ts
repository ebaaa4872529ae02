// The commands of the command line tool, with their options.
import { Command, InvalidArgumentError, Option } from 'commander';
import packageInfo from '../../package.json' with { type: 'json' };
import { UsageError } from '../errors.ts';
import { diagnosisJsonSchema, rulesJson, rulesJsonSchema, trialsJsonSchema } from '../experiment/diagnosis_json.ts';
import { historyJsonSchema } from '../experiment/history_schema.ts';
import { noiseJsonSchema } from '../experiment/noise_json.ts';
import { preflightJsonSchema } from '../experiment/preflight/preflight_json.ts';
import { experimentJsonSchema } from '../experiment/schema.ts';
import { nearest } from '../nearest.ts';
import { type ClaimsFlags, claimsCommand } from './claims.ts';
import { type CompareFlags, compareCommand } from './compare_command.ts';
import { type DiagnoseFlags, diagnoseCommand, treatCommand } from './diagnose_command.ts';
import { FORMATS } from './diagnose_log.ts';
import { DOCUMENT_FLAGS } from './document_flags.ts';
import { isThere, writeText } from './documents.ts';
import { type ExportFlags, exportCommand } from './export_command.ts';
import logger from './fathom_log.py?raw';
import { type ImportFlags, importCommand } from './import_command.ts';
import { LIST_NAMES, listText } from './list_command.ts';
import { evaluateCommand, type ModelFlags, predictCommand } from './model_commands.ts';
import { type NoiseFlags, noiseCommand } from './noise_command.ts';
import { type PreflightFlags, preflightCommand } from './preflight_command.ts';
import { print, shown, write } from './print.ts';
import { type RunFlags, runCommand } from './run_command.ts';
import { type SelfTestFlags, selfTestCommand } from './self_test_command.ts';
import type { WantedAdapter, WantedRuntime } from './session.ts';
import { type SweepFlags, sweepCommand } from './sweep_command.ts';
import { KEEP_FLAG, ROW_FLAGS } from './table_flags.ts';
import { upgradeCommand } from './upgrade_command.ts';

/** The schemas that the package publishes beside that of experiments, by the flag that asks for them. */
const SCHEMAS: Readonly<Record<string, { of: string; schema: () => object }>> = {
  history: { of: 'a line of a history', schema: historyJsonSchema },
  diagnosis: { of: 'what `diagnose --format json` prints', schema: diagnosisJsonSchema },
  preflight: { of: 'what `preflight --format json` prints', schema: preflightJsonSchema },
  trials: { of: 'what `treat --format json` prints', schema: trialsJsonSchema },
  rules: { of: 'what `rules --format json` prints', schema: rulesJsonSchema },
  noise: { of: 'what `noise --format json` prints', schema: noiseJsonSchema },
};

const seed = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected an integer of at least 0');
  return value;
};

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a positive integer');
  return value;
};

const finite = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number');
  return value;
};

const seconds = (text: string): number => {
  const value = finite(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError('expected a number above 0 and at most 3600');
  return value;
};

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const where = (command: Command): Command => command.addOption(adapter()).addOption(runtime());

const runtime = (): Option =>
  new Option(
    '--runtime <name>',
    'where the engine runs: Chrome, or this process on Dawn, from the package webgpu; auto is Chrome, and on a GPU server Dawn where it is installed',
  )
    .choices(['auto', 'chrome', 'node'] satisfies WantedRuntime[])
    .default('auto');

const adapter = (): Option =>
  new Option('--adapter <name>', "the machine's GPU, or SwiftShader, the software adapter in Chrome; auto takes the first that is there")
    .choices(['auto', 'gpu', 'swiftshader'] satisfies WantedAdapter[])
    .default(process.env.GPU === '1' ? 'gpu' : 'auto');

const format = (): Option => new Option('--format <name>', 'what is printed: text for people, or JSON for programs').choices(['text', 'json']).default('text');

const common = (command: Command): Command =>
  where(
    command
      .option('--report <file>', 'write a report: one self-contained .html file, or .md')
      .option('--seed <number>', 'another seed than that of the document', seed),
  );

/** What is run. */
const DESCRIBED = 'an experiment document (.json), a table (.csv, .parquet), or arrays (.npz, .npy); without one, the digits, or what the flags below describe';

/** What a saved model is asked about. */
const ROWS =
  'a table (.csv, .parquet) with the columns of training, a folder of images, IDX, NumPy or CIFAR-10 files, or a document (.json) whose rows are meant';

const GROUPS = { run: 'Without a document:', table: 'Without a document, of a table:', optimizer: 'Without a document, options of the optimizer:' } as const;

/** Adds the flags that take the place of a document. */
function describable(command: Command): void {
  for (const { option, of } of DOCUMENT_FLAGS) command.addOption(copied(option).helpGroup(GROUPS[of]));
}

/** Commander writes on options, and several commands have these. */
const copied = (option: Option): Option => Object.assign(Object.create(Object.getPrototypeOf(option) as object) as Option, option);

const csvFlags = (command: Command): Command => {
  for (const option of ROW_FLAGS) command.addOption(copied(option).helpGroup('Of a table of rows:'));
  return command;
};

/** The tool. Parsing a command line carries it out; the exit status is that of the process. Throws what the command throws, and CommanderError. */
export function commandLine(): Command {
  const program = new Command('fathom')
    .description('Trains deep networks on the GPU and shows the gradient of every layer.')
    .version(packageInfo.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this, or the help of a command: fathom run --help')
    // Options after a command are the command's.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(fathom --help lists the commands, fathom <command> --help their options)')
    .configureOutput({ outputError: (text, out) => out(shown(text)) })
    .addHelpText('after', EXAMPLES)
    .addHelpText('afterAll', EXIT_STATUS);

  const run = common(
    program
      .command('run', { isDefault: true })
      .description('train, print what happened; also without the word: fathom experiment.json')
      .argument('[experiment]', DESCRIBED),
  )
    .option('--json <file>', 'write the history as JSON Lines, one line per probed step')
    .option('--save <file>', 'write the trained model (.safetensors) with its document inside, for evaluate and predict')
    .option('--document <file>', 'write what is trained as a document (.json), for changes and for compare, sweep and other commands')
    .option('--checkpoint <file>', 'write checkpoints on the way, at the end and on Ctrl-C; {step} in the name keeps one for each')
    .option('--every <steps>', 'steps between two checkpoints (default: half a minute)', positive)
    .option('--keep <number>', 'how many of the last checkpoints stay, with {step} in the name (default: all)', positive)
    .option('--best', 'keep the checkpoint with the lowest validation loss as well: with best in place of {step}, or -best after the name')
    .option('--weights <file>', 'start from the weights of a saved model, for each layer that it has; optimizer.groups can freeze those')
    .option('--resume <file>', 'go on from a checkpoint, to the bits of a run that never stopped; without an experiment, with the one inside')
    .action((path: string | undefined, flags: RunFlags) => finish(runCommand(path, flags)));
  describable(run);

  const diagnose = common(
    program
      .command('diagnose')
      .description('run an experiment and say what is wrong with it, or read the log of a run in any framework; `fathom list logs` has the formats')
      .argument('[file]', `${DESCRIBED}, or a log (.jsonl, .csv, trainer_state.json, an event file of TensorBoard, ...)`),
  )
    .addOption(
      new Option('--format <name>', "what is printed: text for people, JSON for programs, or annotations for GitHub's workflows")
        .choices(FORMATS)
        .default('text'),
    )
    .addOption(new Option('--fail-on <severity>', 'from which severity on findings make the exit status 1').choices(['warn', 'severe']).default('warn'))
    .option('--baseline <file>', 'findings that are known, as --format json wrote them: they do not count for the exit status')
    .option('--weights <file>', 'of an experiment: begin with the weights of a saved model, for each layer that it has')
    .option('--map <column=what>', "what a column of a log is, again for each: 'grad_norm/{layer}=weight_gradient.l2'", collect)
    .option('--run <number>', 'which run of a log that holds several (default: the last)', positive)
    .option('--classes <number>', 'classes of a classification, where a log does not say it', positive)
    .option('--baseline-loss <number>', 'the loss of the best constant answer, where a log does not say it', finite)
    .option('--watch', 'read a log again while it grows, and say which findings come and go, until Ctrl-C')
    .option('--rules <module>', "a JavaScript module whose default export is a list of rules of one's own, asked beside the others")
    .action((path: string | undefined, flags: DiagnoseFlags) => finish(diagnoseCommand(path, flags)));
  describable(diagnose);

  const treat = common(
    program
      .command('treat')
      .description(
        'diagnose, try remedies from the same seed, and say which of them helped; from new weights, since remedies change initial weights and layers: `fathom diagnose --weights` has those of a saved model',
      )
      .argument('[experiment]', DESCRIBED),
  )
    .addOption(format())
    .option('--out <file>', 'write the best fixed document')
    .option('--max <number>', 'remedies tried at most (default: 10)', positive)
    .addOption(new Option('--weights <file>', 'refused with the reason').hideHelp())
    .action((path: string | undefined, flags: DiagnoseFlags) => finish(treatCommand(path, flags)));
  describable(treat);

  const checked = where(
    program
      .command('preflight')
      .description('check an experiment before it is trained: data, loss, layers, the first step, and whether sixteen rows can be learned by heart')
      .argument('[experiment]', DESCRIBED),
  )
    .addOption(format())
    .option('--seed <number>', 'another seed than that of the document', seed)
    .option('--seconds <number>', 'how long the sixteen rows may take (default: 20)', seconds)
    .action((path: string | undefined, flags: PreflightFlags) => finish(preflightCommand(path, flags)));
  describable(checked);

  const noise = where(
    program
      .command('noise')
      .description('how much of the gradient is noise of its batch, before, during and after training, and up to how many rows a larger batch pays')
      .argument('[experiment]', DESCRIBED),
  )
    .addOption(format())
    .option('--seed <number>', 'another seed than that of the document', seed)
    .option('--batches <number>', 'batches that are compared at each look (default: 16)', positive)
    .action((path: string | undefined, flags: NoiseFlags) => finish(noiseCommand(path, flags)));
  describable(noise);

  csvFlags(
    where(
      program
        .command('evaluate')
        .description('loss, metrics (R2, RMSE, ...) and confusion matrix of a saved model on rows with their targets, or on the parts of its own data')
        .argument('<model>', 'a model or a checkpoint (.safetensors)')
        .argument('[rows...]', `${ROWS}; with the target. Of IDX and .npy files the targets come second`)
        .option('--report <file>', 'write a report of them, .html or .md: confusion of classes or errors by decile, and the rows that are furthest off')
        .option('--out <file>', 'write the scores as JSON'),
    ),
  ).action((model: string, rows: string[], flags: ModelFlags) => finish(evaluateCommand(model, rows, flags)));

  csvFlags(
    where(
      program
        .command('predict')
        .description("a saved model's answers to rows, as CSV: classes with their probabilities, or numbers")
        .argument('<model>', 'a model or a checkpoint (.safetensors)')
        .argument('<rows...>', `${ROWS}; a target is not looked at`)
        .option('--out <file>', 'write them there instead of the standard output')
        .addOption(copied(KEEP_FLAG).helpGroup('Of a table of rows:')),
    ),
  ).action((model: string, rows: string[], flags: ModelFlags) => finish(predictCommand(model, rows, flags)));

  where(
    program
      .command('compare')
      .description('run several experiments and print one table of their outcomes; of two logs, say where the runs part')
      .argument('<experiments...>', 'experiment documents (JSON), or two logs')
      .option('--out <file>', 'write the table as Markdown')
      .option('--tolerance <number>', 'of two logs: from which relative difference on two runs have parted (default: 0.001)', Number),
  ).action((paths: string[], flags: CompareFlags) => finish(compareCommand(paths, flags)));

  where(
    program
      .command('claims')
      .description('run claims about gradients as experiments and print the verdicts with the measured figures')
      .argument('<folder>', 'a folder of claims (JSON)')
      .option('--out <file>', 'write the table as Markdown'),
  ).action((folder: string, flags: ClaimsFlags) => finish(claimsCommand(folder, flags)));

  where(
    program
      .command('selftest')
      .description('test every kernel of a training step on this device beside float64, and print a table')
      .argument('[experiment]', 'an experiment document (JSON) whose step it is; the digits by default')
      .addOption(format()),
  ).action((path: string | undefined, flags: SelfTestFlags) => finish(selfTestCommand(path, flags)));

  where(
    program
      .command('sweep')
      .description('run an experiment with other values at some of its paths, on a grid or at random: a line of JSON per run, a table, a chart')
      .argument('<sweep>', 'a sweep (JSON): {"experiment": "experiment.json", "vary": {"optimizer.learningRate": [0.1, 0.01]}, "seeds": [1, 2]}')
      .option('--out <file>', "where the runs' lines go, and what is there is not run again (default: the sweep's name, .jsonl)")
      .option('--report <file>', 'write the table and charts as a page (.html)')
      .option('--list', 'print a command for each run, for xargs, GNU parallel or a Slurm array')
      .option('--run <number>', 'make this run alone', positive)
      .option('--merge <files...>', 'join the lines of several files'),
  ).action((path: string, flags: SweepFlags) => finish(sweepCommand(path, flags)));

  const exported = program
    .command('export')
    .description('write an experiment as a project of PyTorch, with model, data, loop and weights, or as a program for this package')
    .argument('[experiment]', `${DESCRIBED}; or that inside of the model`)
    .option('--pytorch', 'as a folder of Python files that train it: python train.py')
    .option('--js', 'as a program, an ES module')
    .option('--model <file>', 'with --pytorch: begin with the weights of a saved model, or go on from a checkpoint')
    .option('--map <file>', 'with --pytorch: write the weights alone, under the names and in the layouts of your own network; the map of its import')
    .requiredOption('--out <path>', 'where it goes: a folder, the file of the program, or with --map that of the weights (.safetensors)')
    .action((path: string | undefined, flags: ExportFlags) => finish(exportCommand(path, flags)));
  describable(exported);

  program
    .command('import')
    .description('write the weights of a network of PyTorch as a saved model of an experiment, for `run --weights`, `evaluate` and `predict`')
    .argument('<experiment>', 'an experiment document (JSON) with the same layers')
    .argument('<weights...>', 'a state_dict as .safetensors, several, or the index of several (.json)')
    .option('--pytorch', 'names, layouts and flattened maps are as in PyTorch')
    .option(
      '--map <file>',
      'names there to names here, as JSON: {"features.0.*": "conv2d_1.*", "head.*": null}; a file that is not there is written, where shapes tell the names',
    )
    .requiredOption('--out <file>', 'where the model goes (.safetensors)')
    .action((path: string, weights: string[], flags: ImportFlags) => finish(importCommand(path, weights, flags)));

  program
    .command('logger')
    .description('print fathom_log.py, which logs a run of PyTorch for `fathom diagnose`: fathom logger > fathom_log.py')
    .action(() => write(logger));

  program
    .command('list')
    .description(`list everything available: ${LIST_NAMES.join(', ')}`)
    .argument('[name]', 'one of these; all by default')
    .action((name?: string) => print((name === undefined ? LIST_NAMES : [name]).map(listText).join('\n\n')));

  program
    .command('upgrade')
    .description('write a document, claim, history, model or checkpoint of an earlier version anew, with the names of today')
    .argument('<file>', 'an experiment or a claim (.json), a history (.jsonl), a model or a checkpoint (.safetensors)')
    .option('--out <file>', 'write it there, and leave the old one as it is')
    .action((path: string, flags: { out?: string }) => finish(upgradeCommand(path, flags)));

  program
    .command('rules')
    .description('list the rules of the diagnosis: their names, which stay, and what each finds')
    .addOption(format())
    .action(({ format: as }: { format: string }) => print(as === 'json' ? JSON.stringify(rulesJson(), null, 2) : listText('rules')));

  const schema = program.command('schema').description('print the JSON schema of experiment documents, for editors and other programs');
  for (const [name, { of }] of Object.entries(SCHEMAS)) schema.option(`--${name}`, `the schema of ${of} instead`);
  schema.option('--out <file>', 'write it there instead').action(({ out, ...flags }: { out?: string } & Record<string, true>) => {
    const given = Object.keys(flags);
    if (given.length > 1) throw new UsageError(`expected one schema, got ${given.map((name) => `--${name}`).join(' and ')}`);
    const text = `${JSON.stringify((SCHEMAS[given[0]!]?.schema ?? experimentJsonSchema)(), null, 2)}\n`;
    if (out) writeText(out, text);
    else write(text);
  });

  for (const command of program.commands) if (command.options.some(({ long }) => long === '--format')) command.configureOutput({ outputError: tellFormat });
  return program;
}

/** Of commands that print JSON by `--format json`, which some try as `--json`. */
const tellFormat = (text: string, out: (text: string) => void): void =>
  out(shown(text.replace("unknown option '--json'", "unknown option '--json': it is --format json")));

const EXAMPLES = `
Examples:
  fathom                                       trains on handwritten digits
  fathom --depth 50 --activation tanh          the same with fifty layers
  fathom flats.csv --target price              a table of your own
  fathom experiment.json --report out.html
  fathom preflight experiment.json             what can be told before training
  fathom treat experiment.json                 what is wrong, and what helps`;

const EXIT_STATUS = `
Exit status: 0 healthy or done, 1 findings, 2 could not run, 130 stopped by Ctrl-C.`;

/** Throws a UsageError for a first word that is neither a command nor a file: `fathom diagnos x.json`. */
/** What other tools call these commands. */
const OTHER_NAMES: Readonly<Record<string, string>> = { train: 'run', fit: 'run', start: 'run', score: 'evaluate', test: 'evaluate', infer: 'predict' };

export function requireCommand(program: Command, words: readonly string[]): void {
  const [first] = words;
  const commands = [...program.commands.map((command) => command.name()), 'help'];
  // A name with a dot or a slash is a file's, of which the command says that it is not there.
  if (first === undefined || !/^[a-z][\w-]*$/i.test(first) || commands.includes(first) || isThere(first)) return;
  const near = nearest(first, [...commands, ...Object.keys(OTHER_NAMES)]);
  const command = near && (OTHER_NAMES[near] ?? near);
  throw new UsageError(`${first} is neither a command nor a file${command ? `; did you mean "${command}"?` : `; the commands are ${commands.join(', ')}`}`);
}

/** The status is set, not exited with: output that is still on its way arrives. */
async function finish(work: Promise<number>): Promise<void> {
  process.exitCode = await work;
}
