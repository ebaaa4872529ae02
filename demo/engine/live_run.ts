// One run on the engine: its trainer and its data, and what the page is told of it. The engine comes file by file: its index would bring the rules of the
// diagnosis along, which are loaded later.
import { type Dataset, take } from '../../src/data/dataset.ts';
import { fitOptions, trainerOptions } from '../../src/experiment/build.ts';
import { type LoadedData, loadData } from '../../src/experiment/data.ts';
import type { Experiment, MetricDocument, MetricName, RunResult } from '../../src/experiment/index.ts';
import type { Judged } from '../../src/experiment/judge.ts';
import { meanSquareOf, measureInputs } from '../../src/experiment/predict.ts';
import { buildMetric, METRIC_FEATURES } from '../../src/experiment/registry/metrics.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import type { EarlyStopping, Engine, StepRecord, Trainer, ValidationEvent } from '../../src/index.ts';
import { metricValues } from '../../src/train/metrics/values.ts';
import type { ExperimentDocument } from '../document.ts';
import type { ExportKind, FromWorker, PointsMessage, StartedMessage, ToWorker } from '../protocol.ts';
import { type Row, rowsOf } from '../rows.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { GpuTimes } from './gpu_times.ts';
import { handOf } from './hand.ts';
import type { OpenLayer } from './open_layer.ts';
import { packSteps } from './pack.ts';
import { answers, gridOf, pointsOf } from './surface.ts';
import { type Foreseen, foresee } from './theory.ts';

export type Post = (message: FromWorker, transfer?: Transferable[]) => void;

/** What makes and reads files. */
export const files = () => import('./exports.ts');

/** Rows of the training data that are checked at most: enough for a percent. */
const CHECKED = 400;
/** Side of the decision surface's grid, on a software adapter and on a GPU. */
const GRID = { fallback: 32, gpu: 64 };

/** What became of some steps. */
interface Advance {
  /** That they took, without the validation. */
  milliseconds: number;
  /** Whether early stopping ended the run: the best weights are back then. */
  stopped: boolean;
}

/** What a run is built from. */
export interface Build {
  start: Extract<ToWorker, { type: 'start' }>;
  /** A checkpoint of the same document to go on from. */
  from: Uint8Array | null;
  read(name: string): Promise<string>;
  post: Post;
}

/** A metric of a document as the page shows it: what is no number makes no curve. */
function curveOf(given: MetricName | MetricDocument): NonNullable<StartedMessage['metrics']> {
  const { name, kind } = buildMetric(given);
  return kind === 'number' ? [{ name, text: METRIC_FEATURES[typeof given === 'string' ? given : given.name]!.text }] : [];
}

export class LiveRun {
  readonly number: number;
  readonly document: Experiment;
  /** The same as the page gave it. */
  readonly given: ExperimentDocument;
  readonly trainer: Trainer;
  /** Layer whose histograms the page shows, counted from 1 at the input. */
  watched: number | null = null;
  /** Whether the page has heard that it came to an end. */
  ended = false;
  private readonly engine: Engine;
  private readonly data: LoadedData;
  private readonly rows: Row[];
  private readonly validateEvery: number;
  private readonly post: Post;
  private readonly points: PointsMessage | null;
  private readonly rule: EarlyStopping | undefined;
  private loadedDiagnosis: Promise<Diagnosis> | undefined;
  private diagnosed = -1;
  /** Whether the page has heard what can be told before the first step. */
  private preflighted = false;
  private drawing = false;
  private open: Promise<OpenLayer> | undefined;
  private gpuTimes: Promise<GpuTimes> | undefined;

  private constructor(engine: Engine, trainer: Trainer, document: Experiment, data: LoadedData, { start, post }: Build) {
    this.engine = engine;
    this.trainer = trainer;
    this.document = document;
    this.given = start.document;
    this.data = data;
    this.number = start.run;
    this.post = post;
    this.points = pointsOf(data.train, start.half);
    this.rows = rowsOf(trainer.history);
    const { validateEvery = trainer.stepsPerEpoch, earlyStopping } = fitOptions(document);
    this.validateEvery = validateEvery;
    this.rule = data.validation && earlyStopping;
  }

  /** Builds the network of a document and tells the page what it is. */
  static async build(engine: Engine, build: Build): Promise<LiveRun> {
    const document = parseExperiment(build.start.document);
    const data = await loadData(document, build.read);
    const { x, features } = data.train;
    const foreseen = foresee(document, features, measureInputs(document, x, features) ?? meanSquareOf(x));
    build.post({ type: 'foreseen', run: build.start.run, ...foreseen });
    const trainer = await engine.createTrainer(trainerOptions(document, data));
    const run = new LiveRun(engine, trainer, document, data, build);
    if (build.from) (await files()).restore(trainer, build.from, run.rule);
    build.post(run.introduction({ ...foreseen, hand: handOf(document, data.train.features, meanSquareOf(data.train.x)) }));
    return run;
  }

  private introduction(foreseen: Foreseen & Pick<StartedMessage, 'hand'>): StartedMessage {
    const { history, steps } = this.trainer;
    const { train } = this.data;
    return {
      type: 'started',
      run: this.number,
      step: steps,
      layers: history.layers,
      ...(history.joins ? { joins: history.joins } : {}),
      ...foreseen,
      points: this.points,
      task: history.task?.kind ?? 'classification',
      metrics: (this.document.metrics ?? []).flatMap(curveOf),
      classes: train.classes ?? 0,
      features: train.features,
      rows: train.rows,
      baselineLoss: null,
      parameters: history.layers.reduce((sum, layer) => sum + layer.width * (layer.fanIn + 1), 0),
    };
  }

  /** Whether the run is over because its numbers are no longer finite. */
  get broken(): boolean {
    return this.trainer.history.nonFinite !== undefined;
  }

  /** Steps until the next validation. */
  get untilValidation(): number {
    return this.validateEvery - (this.trainer.steps % this.validateEvery);
  }

  /** Whether a step beside the loop, which does not validate, may be taken now: where each step is followed by a validation, one without is no loss. */
  get spare(): boolean {
    return this.untilValidation > 1 || this.validateEvery === 1;
  }

  /** Takes steps up to the next validation at most, validates where that is due, and tells the page. */
  async advance(steps: number): Promise<Advance> {
    const { trainer, validateEvery, rule } = this;
    const began = performance.now();
    let milliseconds = 0;
    let stopped = false;
    const records: StepRecord[] = [];
    // Whoever looks on plays on: no step is the last.
    for await (const event of trainer.run({ steps, until: Number.MAX_SAFE_INTEGER, validateEvery, ...(rule ? { earlyStopping: rule } : {}) })) {
      if (event.type === 'steps') {
        records.push(...event.records);
        milliseconds = performance.now() - began;
        continue;
      }
      this.tellSteps(records.splice(0));
      if (event.type === 'validation') await this.tellValidation(event);
      if (event.type === 'end') stopped = event.status === 'early_stopping';
    }
    return { milliseconds, stopped };
  }

  private tellSteps(records: readonly StepRecord[]): void {
    if (records.length === 0) return;
    const packed = packSteps(this.number, records, this.rows);
    this.post(packed, [packed.layers.buffer]);
    void this.tellDetail(records);
  }

  /** The losses of the two parts are drawn side by side: both in inference mode. */
  private async tellValidation({ record, evaluation: { confusion } }: ValidationEvent): Promise<void> {
    const train = await this.trainer.evaluate(firstRows(this.data.train, CHECKED));
    Object.assign(record, {
      trainLoss: train.loss,
      ...(train.accuracy === undefined ? {} : { trainAccuracy: train.accuracy }),
      ...(this.document.metrics ? { trainMetrics: metricValues(train) } : {}),
    });
    this.post({ type: 'validation', run: this.number, record });
    if (confusion && (this.data.train.classes ?? 0) > 3) this.post({ type: 'confusion', run: this.number, counts: confusion });
  }

  /** The open layer, where there is one: at the last of some steps that had histograms, else of all steps. */
  async tellDetail(steps?: readonly StepRecord[]): Promise<void> {
    const { watched } = this;
    if (watched) (await this.openLayer()).tell(watched, steps);
  }

  private openLayer(): Promise<OpenLayer> {
    this.open ??= import('./open_layer.ts').then((module) => new module.OpenLayer(this.number, this.engine, this.trainer, this.rows, this.post));
    return this.open;
  }

  /** The diagnosis of this run; with it, its history has facts. */
  diagnosis(): Promise<Diagnosis> {
    const { trainer, document, data, rows } = this;
    this.loadedDiagnosis ??= import('./diagnosis.ts').then((module) => new module.Diagnosis(trainer, document, data, rows));
    return this.loadedDiagnosis;
  }

  /** What the diagnosis says, where there are new steps to judge. */
  tellFindings(diagnosis: Diagnosis): void {
    const { history, steps } = this.trainer;
    if (this.diagnosed === steps) return;
    this.diagnosed = steps;
    const { nonFinite } = history;
    this.post({ type: 'findings', run: this.number, ...diagnosis.findings, ...(nonFinite ? { nonFinite } : {}) });
  }

  /** What can be told before the first step, once. */
  async tellPreflight(): Promise<void> {
    if (this.preflighted || this.trainer.steps > 0) return;
    this.preflighted = true;
    const { checksBefore } = await import('./preflight.ts');
    this.post({ type: 'preflight', run: this.number, ...checksBefore(this.trainer, this.document, this.data) });
  }

  /** All checks before training, until the signal comes. */
  async preflight(signal: AbortSignal): Promise<void> {
    const { allChecks } = await import('./preflight.ts');
    await allChecks(this.engine, this.trainer, signal, (told) => this.post({ type: 'preflight', run: this.number, ...told }));
  }

  /** The decision surface, and the units of the open layer. One at a time: a call while one is being drawn does nothing. */
  async tellSurface(): Promise<void> {
    const { points } = this;
    if (!points || this.drawing) return;
    this.drawing = true;
    const size = this.engine.adapter.fallback ? GRID.fallback : GRID.gpu;
    try {
      const logits = await this.trainer.predict(gridOf(size, points.reach));
      const values = answers(logits, logits.length / (size * size));
      this.post({ type: 'surface', run: this.number, size, values }, [values.buffer]);
      // Another layer may be opened meanwhile.
      for (let shown = 0; this.watched && shown !== this.watched; ) {
        shown = this.watched;
        await (await this.openLayer()).tellUnits(shown, points.reach);
      }
    } finally {
      this.drawing = false;
    }
  }

  /** What the model that there is now predicts, and by what loss. */
  async judged(): Promise<Judged> {
    return (await this.diagnosis()).judged();
  }

  /** How the model compares with the untreated one, on the same rows. */
  async tellJudgement(untreated: Judged): Promise<void> {
    const judgement = await (await this.diagnosis()).judgement(untreated);
    if (judgement) this.post({ type: 'judgement', run: this.number, ...judgement });
  }

  /** One step with the time of each kernel; the page hears the means. */
  async tellGpuTimes(): Promise<void> {
    this.gpuTimes ??= import('./gpu_times.ts').then((module) => new module.GpuTimes(this.trainer, this.rows));
    this.post({ type: 'gpu_times', run: this.number, ...(await (await this.gpuTimes).measure()) });
  }

  /** Everything that the run needs to go on elsewhere. */
  async checkpoint(): Promise<Uint8Array> {
    return (await files()).checkpoint(this.trainer, this.document, this.rule);
  }

  /** One file of the run. */
  async exported(kind: ExportKind): Promise<FromWorker> {
    await this.diagnosis();
    const { trainer, document, data } = this;
    return (await files()).exported(kind, { trainer, document, data });
  }

  /** The run as a report takes it: evaluated now, as it stands. */
  async report(msPerStep: number): Promise<FromWorker> {
    await this.diagnosis();
    const { document, trainer, data } = this;
    const { history, counts, steps, stepsPerEpoch } = trainer;
    const { train, validation } = data;
    const result: Omit<RunResult, 'history'> = {
      document,
      adapter: this.engine.adapter,
      start: {
        layers: history.layers,
        ...(history.joins ? { joins: history.joins } : {}),
        rows: { train: train.rows, validation: validation?.rows ?? 0, test: data.test?.rows ?? 0 },
        steps,
        stepsPerEpoch,
        summary: '',
        inputMeanSquare: meanSquareOf(train.x),
      },
      status: history.nonFinite ? 'non_finite' : 'aborted',
      train: await trainer.evaluate(train),
      ...(validation ? { validation: await trainer.evaluate(validation) } : {}),
      milliseconds: msPerStep * steps,
      msPerStep,
      counts,
    };
    // Columns do not pass between threads, records do.
    return { type: 'report', input: { title: document.name ?? 'Fathom', history: { ...history, steps: [...history.steps] }, result } };
  }

  destroy(): void {
    void this.open?.then(
      (layer) => layer.destroy(),
      () => undefined,
    );
    this.trainer.destroy();
  }
}

/** What is wrong with a document, in the schema's words; null for nothing. */
export function wrongWith(document: unknown): string | null {
  try {
    parseExperiment(document);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The first rows of a data set: its rows are in random order. */
function firstRows(data: Dataset, rows: number): Dataset {
  if (data.rows <= rows) return data;
  return take(
    data,
    Array.from({ length: rows }, (_, row) => row),
  );
}
