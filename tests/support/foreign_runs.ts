// Runs of PyTorch that fathom_log.py logged (tests/fixtures/torch_logs.py), and the same as other logs have them.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readLog } from '../../src/experiment/logs/index.ts';
import type { LogOptions, ReadLog } from '../../src/experiment/logs/log_format.ts';
import { textSource } from '../../src/experiment/logs/log_source.ts';

/** A logged run. */
export interface ForeignRun {
  name: string;
  set: 'first' | 'second';
  /** The rule that names its cause; null for a healthy run. */
  cause: string | null;
  /** The file, line by line, as fathom_log.py wrote it. */
  lines: string[];
}

/** All of them, in order. */
export function foreignRuns(): ForeignRun[] {
  const runs: ForeignRun[] = [];
  for (const line of gunzipSync(readFileSync(new URL('../fixtures/torch_logs.jsonl.gz', import.meta.url)))
    .toString()
    .trim()
    .split('\n')) {
    if (!line.startsWith('{"run"')) runs.at(-1)!.lines.push(line);
    else {
      const { run, ...about } = JSON.parse(line) as { run: string } & Pick<ForeignRun, 'set' | 'cause'>;
      runs.push({ name: run, ...about, lines: [] });
    }
  }
  return runs;
}

interface Stats {
  l2: number | string;
}
interface Line {
  step: number;
  loss: number | string;
  gradientNorm?: number | string;
  learningRate: number;
  layers?: Partial<Record<'weight_gradient' | 'weight' | 'update', Stats>>[];
  validation?: { step: number; validationLoss: number; validationAccuracy: number };
}

interface Parsed {
  names: string[];
  steps: Line[];
  validations: NonNullable<Line['validation']>[];
}

function parsed({ lines }: ForeignRun): Parsed {
  const [head, ...rest] = lines.map((line) => JSON.parse(line) as Line);
  return {
    names: (head as unknown as { layers: { name: string }[] }).layers.map(({ name }) => name),
    steps: rest.filter(({ step }) => step !== undefined),
    validations: rest.flatMap(({ validation }) => (validation ? [validation] : [])),
  };
}

/** As Python writes a number. */
const python = (value: number | string): string => (value === 'NaN' ? 'nan' : value === 'Infinity' ? 'inf' : String(value));
/** As its json module does. */
const bare = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row).replace(/"(NaN|-?Infinity)"/g, '$1'));

const table = (rows: readonly Record<string, number | string | undefined>[]): string => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [columns, ...rows.map((row) => columns.map((column) => (row[column] === undefined ? '' : python(row[column]))))]
    .map((cells) => cells.join(','))
    .join('\n');
};

/** The rows that most loggers would have: norms of gradients, weights and updates by layer now and then, a validation in a row of its own. */
function rowsOf(
  { names, steps, validations }: Parsed,
  column: { loss: string; norm: string; rate: string; step: string; validation: string; accuracy: string; of: (kind: string, layer: string) => string },
) {
  return steps.flatMap(({ step, loss, gradientNorm, learningRate, layers }) => [
    {
      [column.step]: step,
      [column.loss]: loss,
      [column.rate]: learningRate,
      ...(gradientNorm === undefined ? {} : { [column.norm]: gradientNorm }),
      ...Object.fromEntries(
        (layers ?? []).flatMap((layer, l) =>
          (['weight_gradient', 'weight', 'update'] as const).flatMap((kind) => (layer[kind] ? [[column.of(kind, names[l]!), layer[kind].l2]] : [])),
        ),
      ),
    },
    ...validations
      .filter((validation) => validation.step === step)
      .map((validation) => ({ [column.step]: step, [column.validation]: validation.validationLoss, [column.accuracy]: validation.validationAccuracy })),
  ]) as Record<string, number | string>[];
}

const GRADIENTS = { weight_gradient: 'grad_norm', weight: 'weight_norm', update: 'update_norm' } as Record<string, string>;
const COLUMNS = {
  loss: 'train_loss',
  norm: 'grad_norm',
  rate: 'lr',
  step: 'step',
  validation: 'val_loss',
  accuracy: 'val_acc',
  of: (kind: string, layer: string) => `${GRADIENTS[kind]}/${layer}.weight`,
};

/** The same run in the form of each format: what it has of it, and no more. */
export const FORMS: Readonly<Record<string, (run: ForeignRun) => { path: string; text: string; options?: LogOptions }>> = {
  'norms alone': (run) => {
    const [head, ...rest] = run.lines.map((line) => JSON.parse(line) as Line);
    const { layers, task } = head as unknown as { layers: { name: string }[]; task: object };
    const lines = rest.map((line) =>
      line.layers ? { ...line, layers: line.layers.map(({ weight_gradient: gradient }) => (gradient ? { weight_gradient: { l2: gradient.l2 } } : {})) } : line,
    );
    return { path: 'run.jsonl', text: bare([{ format: 'fathom-history/2', layers: layers.map(({ name }) => ({ name })), task }, ...lines]).join('\n') };
  },
  csv: (run) => ({ path: 'run.csv', text: table(rowsOf(parsed(run), COLUMNS)), options: { classes: 10 } }),
  json_lines: (run) => ({
    path: 'log.jsonl',
    text: bare(rowsOf(parsed(run), { ...COLUMNS, loss: 'loss', of: (kind, layer) => `${layer}.weight/${GRADIENTS[kind]}` })).join('\n'),
    options: { classes: 10 },
  }),
  lightning: (run) => ({
    path: 'lightning_logs/version_0/metrics.csv',
    text: table(
      rowsOf(parsed(run), {
        ...COLUMNS,
        norm: 'grad_2.0_norm_total',
        rate: 'lr-SGD',
        of: (kind, layer) => (kind === 'weight_gradient' ? `grad_2.0_norm/${layer}.weight` : `${kind}_norm/${layer}`),
      }).map((row) => ({ epoch: 0, ...row })),
    ),
    options: { classes: 10 },
  }),
  hugging_face: (run) => ({
    path: 'checkpoint-140/trainer_state.json',
    text: bare([
      {
        epoch: 1,
        global_step: 140,
        log_history: rowsOf(parsed(run), {
          ...COLUMNS,
          loss: 'loss',
          rate: 'learning_rate',
          validation: 'eval_loss',
          accuracy: 'eval_accuracy',
          of: (kind, layer) => `${GRADIENTS[kind]}/${layer}`,
        }),
      },
    ])[0]!,
    options: { classes: 10 },
  }),
  wandb: (run) => ({
    path: 'wandb_export.csv',
    text: table(
      rowsOf(parsed(run), {
        ...COLUMNS,
        loss: 'train/loss',
        norm: 'train/grad_norm',
        rate: 'train/learning_rate',
        step: 'train/global_step',
        validation: 'eval/loss',
        accuracy: 'eval/accuracy',
        of: (kind, layer) => `${GRADIENTS[kind]!.replace('_norm', 's')}/${layer}.weight`,
      }).map((row, i) => ({ _step: i, _runtime: i / 10, ...row })),
    ),
    options: { classes: 10 },
  }),
  megatron: (run) => {
    const { steps, validations } = parsed(run);
    const lines = steps.flatMap(({ step, loss, gradientNorm, learningRate }) => [
      ` [2024-05-01 10:00:00] iteration ${String(step).padStart(8)}/     140 | consumed samples: ${step * 64} | elapsed time per iteration (ms): 12.3 | learning rate: ${learningRate.toExponential(6)} | global batch size:    64 | lm loss: ${loss === 'NaN' ? 'nan' : Number(loss).toExponential(6)} | loss scale: 1.0 |${gradientNorm === undefined ? '' : ` grad norm: ${python(gradientNorm)} |`} number of skipped iterations:   0 | number of nan iterations:   0 |`,
      ...validations
        .filter((validation) => validation.step === step)
        .map(({ validationLoss }) => ` validation loss at iteration ${step} | lm loss value: ${python(validationLoss)} | lm loss PPL: 1.0 |`),
    ]);
    return { path: 'train.log', text: ['building GPT model ...', ...lines].join('\n'), options: { classes: 10 } };
  },
  keras_csv: (run) => ({ path: 'training.csv', text: table(epochsOf(parsed(run))), options: { classes: 10 } }),
  keras_history: (run) => {
    const rows = epochsOf(parsed(run));
    const lists = Object.fromEntries(['loss', 'val_loss', 'val_accuracy'].map((name) => [name, rows.map((row) => row[name]!)]));
    return { path: 'history.json', text: bare([lists])[0]!, options: { classes: 10 } };
  },
};

/** Four epochs: means of losses, with the validation at the end of each. */
const epochsOf = ({ steps, validations }: Parsed): Record<string, number | string>[] =>
  validations.map(({ step, validationLoss, validationAccuracy }, epoch) => {
    const own = steps.filter((each) => each.step <= step && each.step > (validations[epoch - 1]?.step ?? 0)).map(({ loss }) => Number(loss));
    const mean = own.reduce((sum, loss) => sum + loss, 0) / own.length;
    return { epoch, loss: Number.isNaN(mean) ? 'NaN' : mean, val_accuracy: validationAccuracy, val_loss: validationLoss };
  });

const logged = new Map<ForeignRun, ReadLog>();

/** A run as fathom_log.py wrote it, read. */
export function asLogged(run: ForeignRun): ReadLog {
  const log = logged.get(run) ?? readLog(textSource('run.jsonl', run.lines.join('\n')));
  logged.set(run, log);
  return log;
}

/** A run in another form, read. */
export function asForm(run: ForeignRun, form: string): ReadLog {
  const { path, text, options } = FORMS[form]!(run);
  return readLog(textSource(path, text), options);
}
