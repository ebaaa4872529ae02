// One run on the engine: builds it, takes its steps at the speed that is asked for, and tells the page what it shows.
import type { Dataset } from '../../src/data/dataset.ts';
import { type Experiment, loadData, parseExperiment, predict, type RunResult, type Splits, trainerOptions } from '../../src/experiment/index.ts';
import { createEngine, type Engine, type LayerInfo, type StepRecord, type Trainer } from '../../src/index.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { type FromWorker, SPEEDS, type Speed, type TheoryMessage, type ToWorker } from '../protocol.ts';
import { diagnosis } from './diagnosis.ts';
import { exported } from './exports.ts';
import { packSteps } from './pack.ts';
import { answers, gridOf, pointsOf, probabilities } from './surface.ts';

type Start = Extract<ToWorker, { type: 'start' }>;
type Post = (message: FromWorker, transfer?: Transferable[]) => void;

/** Milliseconds of work between two looks at the messages. */
const TURN = 60;
/** Least milliseconds between two drawings of the surface, two diagnoses, two reports of the speed, two checkpoints. */
const PACE = { surface: 700, findings: 600, status: 500, checkpoint: 5000 };
/** Side of the surface's grid, on a software adapter and on a GPU. */
const GRID = { fallback: 32, gpu: 64 };
/** Steps kept for the diagnosis: the first ones and the last ones. */
const KEPT = { first: 40, last: 400 };
/** Checks without a gain before a run is stopped early. */
const PATIENCE = 10;

/** Rows of the validation data that are checked at most: enough for a percent. */
const CHECKED = 400;

interface Run {
  number: number;
  document: Experiment;
  trainer: Trainer;
  data: Splits;
  hidden: LayerInfo[];
  validateEvery: number;
  best: { loss: number; waited: number; parameters: Awaited<ReturnType<Trainer['parameters']>> | null };
  due: Record<keyof typeof PACE, number>;
  /** Step of the last diagnosis. */
  diagnosed: number;
}

const now = (): number => performance.now();
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Laboratory {
  private engine: Engine | null = null;
  private run: Run | null = null;
  private wanted: Start | null = null;
  private playing = false;
  private single = 0;
  private speed: Speed = 'slow';
  private watched: number | null = null;
  private readonly jobs: ((run: Run) => Promise<void>)[] = [];
  private wake: () => void = () => {};
  private msPerStep = 20;
  /** The last checkpoint: the worker outlives the device. */
  private kept: { parameters: Awaited<ReturnType<Trainer['parameters']>> } | null = null;
  private readonly post: Post;
  private readonly read: (name: string) => Promise<string>;

  /** `read` gives the text of a data file. */
  constructor(post: Post, read: (name: string) => Promise<string>) {
    this.post = post;
    this.read = read;
  }

  /** Asks for the device and begins to wait for work. */
  async open(): Promise<void> {
    try {
      this.engine = await createEngine();
    } catch (error) {
      this.post({ type: 'no_gpu', message: message(error) });
      return;
    }
    const { description, vendor, fallback } = this.engine.adapter;
    this.post({ type: 'ready', adapter: description || vendor, fallback });
    const engine = this.engine;
    void engine.lost.then((error) => {
      if (this.engine !== engine) return;
      this.engine = null;
      const run = this.run;
      this.run = null;
      this.playing = false;
      if (run) this.post({ type: 'lost', run: run.number, step: run.trainer.steps, message: error.message });
    });
    void this.loop();
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'start':
        this.wanted = message;
        this.playing = message.playing;
        break;
      case 'play':
        this.playing = true;
        break;
      case 'pause':
        this.playing = false;
        break;
      case 'step':
        this.playing = false;
        this.single++;
        break;
      case 'speed':
        this.speed = message.speed;
        break;
      case 'watch':
        this.watched = message.layer;
        this.jobs.push(async (run) =>
          this.tellDetail(
            run,
            run.trainer.history.steps.findLast((record) => record.layers?.[0]?.tensors.z?.histogram),
          ),
        );
        break;
      case 'rate':
        this.jobs.push(async (run) => run.trainer.setRate(message.rate));
        break;
      case 'digit':
        this.jobs.push(async (run) => {
          const logits = await run.trainer.predict(message.pixels);
          this.post({ type: 'digit', scores: probabilities(logits, logits.length) });
        });
        break;
      case 'export':
        this.jobs.push(async (run) => this.post(message.kind === 'report' ? await this.report(run) : await exported(message.kind, run)));
        break;
      case 'load':
        this.jobs.push(async (run) => run.trainer.setParameters(readSafetensors(message.bytes).tensors));
        break;
    }
    this.wake();
  }

  /** Builds, steps and looks, one after the other, for as long as the worker lives. */
  private async loop(): Promise<void> {
    for (;;) {
      try {
        await this.turn();
      } catch (error) {
        if (!this.engine) await this.reopen();
        else {
          this.playing = false;
          this.single = 0;
          this.post({ type: 'failed', run: this.wanted?.run ?? this.run?.number ?? 0, message: message(error) });
          this.wanted = null;
        }
      }
    }
  }

  /** After the device was lost: a new one, when there is something to run. */
  private async reopen(): Promise<void> {
    while (!this.wanted) await this.signal();
    this.engine = await createEngine();
    const engine = this.engine;
    void engine.lost.then((error) => {
      if (this.engine !== engine) return;
      this.engine = null;
      if (this.run) this.post({ type: 'lost', run: this.run.number, step: this.run.trainer.steps, message: error.message });
      this.run = null;
    });
  }

  private async turn(): Promise<void> {
    if (!this.engine) {
      await this.reopen();
      return;
    }
    if (this.wanted) {
      const start = this.wanted;
      this.wanted = null;
      this.run?.trainer.destroy();
      this.run = null;
      this.run = await this.build(this.engine, start);
    }
    const run = this.run;
    if (!run) {
      await this.signal();
      return;
    }
    // A file that cannot be read is no reason to stop the run.
    while (this.jobs.length && !this.wanted) await this.jobs.shift()!(run).catch((error) => this.post({ type: 'refused', message: message(error) }));
    const over = run.trainer.history.nonFinite !== undefined || (!this.playing && this.single === 0);
    if (over) {
      this.single = 0;
      await this.look(run, true);
      if (!this.wanted && !this.jobs.length && !this.playing) await this.signal();
      else if (run.trainer.history.nonFinite) await this.signal();
      return;
    }
    const began = now();
    const count = this.single > 0 ? 1 : this.stepsPerTurn(run);
    if (this.single > 0) this.single--;
    const records = await run.trainer.step(count);
    this.msPerStep += ((now() - began) / count - this.msPerStep) * 0.2;
    this.tell(run, records);
    await this.look(run, this.single === 0 && !this.playing);
    await this.rest(now() - began, count);
  }

  /** Steps of one turn: about TURN milliseconds of work, and no more than the speed allows or the next validation needs. */
  private stepsPerTurn(run: Run): number {
    const fast = Math.max(1, Math.floor(TURN / Math.max(0.05, this.msPerStep)));
    const allowed = Number.isFinite(SPEEDS[this.speed]) ? Math.max(1, Math.round(SPEEDS[this.speed] / 20)) : 500;
    const untilCheck = run.validateEvery - (run.trainer.steps % run.validateEvery);
    return Math.min(fast, allowed, untilCheck);
  }

  /** Waits as long as the speed asks for; on a software adapter also as long as it worked, to leave a core to the page. */
  private async rest(worked: number, steps: number): Promise<void> {
    const slow = Number.isFinite(SPEEDS[this.speed]) ? (1000 * steps) / SPEEDS[this.speed] - worked : 0;
    const share = this.engine?.adapter.fallback ? worked * 0.6 : 0;
    await sleep(Math.max(0, Math.min(1000, Math.max(slow, share))));
  }

  private signal(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private async build(engine: Engine, { document: json, run: number, resume }: Start): Promise<Run> {
    const document = parseExperiment(json);
    const data = await loadData(document, this.read);
    const { train } = data;
    const trainer = await engine.createTrainer(trainerOptions(document, data));
    if (resume && this.kept) trainer.setParameters(this.kept.parameters);
    const layers = trainer.history.layers;
    const hidden = layers.filter((layer) => layer.role === 'hidden');
    const points = pointsOf(train);
    const parameters = layers.reduce((sum, layer) => sum + layer.width * (layer.fanIn + 1), 0);
    this.post({
      type: 'started',
      run: number,
      layers,
      theory: theoryOf(document, train, hidden.length),
      points,
      task: trainer.history.task?.kind ?? 'classification',
      classes: train.classes ?? 0,
      features: train.features,
      rows: train.rows,
      chance: train.classes ? Math.log(train.classes) : null,
      parameters,
    });
    return {
      number,
      document,
      trainer,
      data,
      hidden,
      validateEvery: document.training.validateEvery ?? trainer.stepsPerEpoch,
      best: { loss: Number.POSITIVE_INFINITY, waited: 0, parameters: null },
      due: { surface: 0, findings: 0, status: 0, checkpoint: now() + PACE.checkpoint },
      diagnosed: -1,
    };
  }

  private tell(run: Run, records: StepRecord[]): void {
    if (records.length === 0) return;
    const packed = packSteps(run.number, records, run.trainer.history.layers);
    this.post(packed, [packed.layers.buffer]);
    const seen = records.findLast((record) => record.layers?.[0]?.tensors.z?.histogram) ?? (this.playing ? undefined : records.at(-1));
    if (seen) this.tellDetail(run, seen);
    // The page keeps the picture; the worker only what the rules need.
    const { steps } = run.trainer.history;
    if (steps.length > 2 * (KEPT.first + KEPT.last)) steps.splice(KEPT.first, steps.length - KEPT.first - KEPT.last);
  }

  private tellDetail(run: Run, record: StepRecord | undefined): void {
    const index = this.watched === null ? -1 : run.trainer.history.layers.indexOf(run.hidden[this.watched - 1]!);
    const layer = record?.layers?.[index];
    if (!layer || !record) return;
    // Squared norms of delta at this layer and the next one up: the measured backward factor.
    const above = record.layers?.[index + 1]?.tensors.delta;
    const below = layer.tensors.delta;
    this.post({
      type: 'detail',
      run: run.number,
      layer: this.watched!,
      step: record.step,
      tensors: layer.tensors,
      edges: run.trainer.history.histogramEdges ?? [],
      chi: above && below ? (below.l2 / above.l2) ** 2 : Number.NaN,
    });
  }

  /** Everything that is not a step: validation, surface, diagnosis, speed, checkpoint, each when it is due. */
  private async look(run: Run, all: boolean): Promise<void> {
    const { trainer } = run;
    const due = (what: keyof typeof PACE): boolean => {
      const time = now();
      if (!all && time < run.due[what]) return false;
      run.due[what] = time + PACE[what];
      return true;
    };
    if (due('status'))
      this.post({
        type: 'status',
        run: run.number,
        stepsPerSecond: this.playing ? this.stepsPerSecond() : 0,
        dispatches: trainer.counts.dispatches,
        bytes: trainer.counts.bytes,
      });
    if (trainer.history.nonFinite) {
      if (run.diagnosed !== trainer.steps) {
        this.tellFindings(run);
        this.post({ type: 'ended', run: run.number, reason: 'non_finite', step: trainer.history.nonFinite.step });
        this.playing = false;
      }
      return;
    }
    if (trainer.steps > 0 && trainer.steps % run.validateEvery === 0 && trainer.history.checks.at(-1)?.step !== trainer.steps) await this.check(run);
    if (this.wanted) return;
    if (due('findings') && run.diagnosed !== trainer.steps) this.tellFindings(run);
    if (due('surface')) {
      const began = now();
      await this.tellSurface(run);
      // A slow adapter draws it less often: at most a tenth of the time goes into it.
      run.due.surface = now() + Math.max(PACE.surface, 10 * (now() - began));
    }
    if (trainer.steps > 0 && due('checkpoint')) {
      this.kept = { parameters: await trainer.parameters() };
      this.post({ type: 'checkpoint', run: run.number, step: trainer.steps });
    }
  }

  private stepsPerSecond(): number {
    const rest = this.engine?.adapter.fallback ? 1.6 : 1;
    return Math.min(SPEEDS[this.speed], 1000 / (this.msPerStep * rest));
  }

  private tellFindings(run: Run): void {
    run.diagnosed = run.trainer.steps;
    const { nonFinite } = run.trainer.history;
    this.post({ type: 'findings', run: run.number, findings: diagnosis(run.trainer.history, run.document, run.hidden), ...(nonFinite ? { nonFinite } : {}) });
  }

  private async tellSurface(run: Run): Promise<void> {
    const points = pointsOf(run.data.train);
    if (!points) return;
    const size = this.engine?.adapter.fallback ? GRID.fallback : GRID.gpu;
    const logits = await run.trainer.predict(gridOf(size, points.reach));
    const values = answers(logits, logits.length / (size * size));
    this.post({ type: 'surface', run: run.number, size, values }, [values.buffer]);
  }

  /** The run as a report takes it: evaluated now, as it stands. */
  private async report({ document, trainer, data }: Run): Promise<FromWorker> {
    const { history, counts, steps, stepsPerEpoch } = trainer;
    const { train, validation } = data;
    const result: RunResult = {
      document,
      adapter: this.engine!.adapter,
      start: {
        layers: history.layers,
        rows: { train: train.rows, validation: validation?.rows ?? 0, test: data.test?.rows ?? 0 },
        steps,
        stepsPerEpoch,
        summary: '',
        inputMeanSquare: meanSquare(train.x),
      },
      history,
      ended: history.nonFinite ? 'non_finite' : 'aborted',
      train: await trainer.evaluate(train),
      ...(validation ? { validation: await trainer.evaluate(validation) } : {}),
      milliseconds: this.msPerStep * steps,
      msPerStep: this.msPerStep,
      counts,
    };
    return { type: 'report', input: { title: document.name ?? 'Fathom', history, result } };
  }

  private async check(run: Run): Promise<void> {
    const { trainer, data, document, best } = run;
    if (!data.validation) return;
    const validation = await trainer.evaluate(data.validation);
    const train = await trainer.evaluate(first(data.train, CHECKED));
    const { steps } = trainer.history;
    const record = {
      step: trainer.steps,
      epoch: trainer.steps / trainer.stepsPerEpoch,
      trainLoss: train.loss,
      validationLoss: validation.loss,
      ...(validation.accuracy === undefined ? {} : { validationAccuracy: validation.accuracy }),
      ...(train.accuracy === undefined ? {} : { trainAccuracy: train.accuracy }),
    };
    trainer.history.checks.push(record);
    this.post({ type: 'check', run: run.number, record });
    if (validation.confusion && (data.train.classes ?? 0) > 3) this.post({ type: 'confusion', run: run.number, counts: validation.confusion });
    const stopping = document.training.earlyStopping;
    if (!stopping || steps.length === 0) return;
    if (validation.loss < best.loss - (stopping.minDelta ?? 0)) {
      best.loss = validation.loss;
      best.waited = 0;
      best.parameters = await trainer.parameters();
    } else if (++best.waited >= (stopping.patience ?? PATIENCE)) {
      if (best.parameters) trainer.setParameters(best.parameters);
      this.playing = false;
      this.post({ type: 'ended', run: run.number, reason: 'early_stopping', step: trainer.steps });
    }
  }
}

/** The first rows of a data set: its rows are in random order. */
function first(data: Dataset, rows: number): Dataset {
  if (data.rows <= rows) return data;
  return { ...data, rows, x: data.x.subarray(0, rows * data.features), y: data.y.subarray(0, rows * data.targetWidth) };
}

/** What the theory says of the hidden layers; null where it says nothing. */
function theoryOf(document: Experiment, train: Dataset, hidden: number): TheoryMessage | null {
  const layers = predict(document, train.features, meanSquare(train.x))?.slice(0, hidden);
  if (!layers || layers.length < 2) return null;
  const delta = Float32Array.from(layers, (layer) => Math.log10(layer.delta));
  return { delta, factor: 10 ** ((delta[0]! - delta.at(-1)!) / (layers.length - 1)), chi: Float32Array.from(layers, (layer) => layer.chi ?? Number.NaN) };
}

const meanSquare = (x: Float32Array): number => x.reduce((sum, value) => sum + value * value, 0) / x.length;
const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
