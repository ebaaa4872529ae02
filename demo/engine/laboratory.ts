// The laboratory takes messages, builds runs, and gives each its time: steps at the speed that is asked for, and between them
// a look at what the page shows. What a run tells is live_run.ts.
import type { Judged } from '../../src/experiment/judge.ts';
import { createEngine, type Engine } from '../../src/index.ts';
import { SPEEDS, type Speed, type ToWorker } from '../protocol.ts';
import { files, LiveRun, type Post, wrongWith } from './live_run.ts';
import { Pace } from './pace.ts';
import { type StoredRun, storedRun, storeRun } from './stored_run.ts';
import { probabilities } from './surface.ts';

type Start = Extract<ToWorker, { type: 'start' }>;
type MapWish = Extract<ToWorker, { type: 'map' }>;
type Job = (run: LiveRun) => unknown;

/** What ends the checks before training. */
const ENDS_CHECKS: ReadonlySet<ToWorker['type']> = new Set(['start', 'play', 'step', 'preflight_stop']);
/** Milliseconds of work between two looks at the messages. */
const TURN = 60;
/** Steps of one turn at most, and turns per second at a set speed. */
const MOST = 500;
const TURNS = 20;
/** Least milliseconds between two of each. */
const PACE = { judgement: 1500, surface: 700, findings: 600, status: 500, checkpoint: 5000, gpuTimes: 250 };
/** Fraction of the time that goes into each at most, where it takes long. */
const FRACTION = { judgement: 0.1, surface: 0.1, checkpoint: 0.03, gpuTimes: 0.2, findings: 0.05 };
/** Steps from which on a run is worth being kept for another visit. */
const WORTH = 100;
/** Steps after which a run's kernels are tested: the first pictures come before. */
const SETTLED = 20;
/** On a software adapter, milliseconds of rest per millisecond of work: they leave a core to the page. */
const REST = 0.6;

const now = (): number => performance.now();
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Laboratory {
  private readonly post: Post;
  private readonly read: (name: string) => Promise<string>;
  private engine: Engine | null = null;
  private run: LiveRun | null = null;
  private wanted: Start | null = null;
  /** Number of the run that is there or being built. */
  private number = 0;
  private playing = false;
  /** Single steps that are still to be taken. */
  private single = 0;
  private speed: Speed = 'slow';
  private watched: number | null = null;
  private profiling = false;
  private readonly jobs: Job[] = [];
  /** The map that is wanted. */
  private map: MapWish | null = null;
  private wake: () => void = () => {};
  private msPerStep = 20;
  /** Whether the page has asked for a test of the kernels that has not been made. */
  private untested = false;
  /** Ends the checks before training that are being made. */
  private checking: AbortController | null = null;
  /** Why nothing is trained here any more. */
  private refusal: string | undefined;
  private pace = new Pace(PACE);
  /** The last checkpoint: the worker outlives the device. */
  private kept: Uint8Array | null = null;
  /** What the run was begun by. */
  private start: Start | null = null;
  /** Whether a run may be kept for another visit, and what was kept of an earlier one. */
  private keeping = false;
  private stored: StoredRun | null | undefined;
  private taken = 0;
  private counted = { steps: 0, at: 0 };
  /** What the untreated model of a comparison predicts. */
  private untreated: Judged | undefined;

  /** `read` gives the text of a data file. */
  constructor(post: Post, read: (name: string) => Promise<string>) {
    this.post = post;
    this.read = read;
  }

  /** Asks for the device and begins to wait for work. */
  async open(): Promise<void> {
    try {
      this.engine = await this.connect();
    } catch (error) {
      this.post({ type: 'no_gpu', message: words(error) });
      return;
    }
    const { description, fallback, unknown } = this.engine.adapter;
    this.post({ type: 'ready', adapter: unknown ? null : description, fallback });
    void this.loop();
  }

  receive(message: ToWorker): void {
    if (ENDS_CHECKS.has(message.type)) this.checking?.abort();
    switch (message.type) {
      case 'start':
        this.wanted = message;
        this.playing = message.playing;
        break;
      case 'self_test':
        this.untested = true;
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
        this.jobs.push((run) => {
          run.watched = this.watched;
          void run.tellDetail();
          run.tellSurface().catch(() => undefined);
        });
        break;
      case 'profile':
        this.profiling = message.on;
        break;
      case 'learningRate':
        this.jobs.push((run) => run.trainer.setLearningRate(message.learningRate));
        break;
      case 'digit':
        this.jobs.push(async (run) => {
          const logits = await run.trainer.predict(message.pixels);
          this.post({ type: 'digit', scores: probabilities(logits, logits.length) });
        });
        break;
      case 'map':
        this.map = message;
        break;
      case 'map_stop':
        this.map = null;
        break;
      case 'preflight':
        this.jobs.push((run) => this.preflight(run));
        break;
      case 'export':
        this.jobs.push(async (run) => this.post(await (message.kind === 'report' ? run.report(this.msPerStep) : run.exported(message.kind))));
        break;
      case 'check':
        this.post({ type: 'checked', wrong: wrongWith(message.document) });
        break;
      case 'load':
        this.jobs.push(async (run) => {
          const { load, oldFileNote } = await files();
          load(run.trainer, message.bytes);
          this.post({ type: 'loaded', name: message.name, old: oldFileNote(message.name, message.bytes) !== undefined });
        });
        break;
    }
    this.wake();
  }

  /** A device, and what happens when it is lost. */
  private async connect(): Promise<Engine> {
    if (this.refusal) throw new Error(this.refusal);
    const engine = await createEngine();
    void engine.lost.then((error) => {
      if (this.engine !== engine) return;
      this.engine = null;
      this.playing = false;
      this.post({ type: 'lost', run: this.number, step: this.run?.trainer.steps ?? 0, message: error.message });
      this.run = null;
      this.wake();
    });
    return engine;
  }

  /** Builds, steps and looks, one after the other, for as long as the worker lives. */
  private async loop(): Promise<void> {
    for (;;) {
      try {
        await this.turn();
      } catch (error) {
        // What fails because the device was lost is no news.
        if (!this.engine && !this.refusal) continue;
        this.playing = false;
        this.single = 0;
        this.post({ type: 'failed', run: this.wanted?.run ?? this.number, message: words(error) });
        this.wanted = null;
      }
    }
  }

  private async turn(): Promise<void> {
    if (this.wanted) await this.build(this.wanted);
    const { run } = this;
    if (this.map && this.engine) await this.drawMap(this.map);
    if (!run) return this.signal();
    // A wish that cannot be met is no reason to stop the run.
    while (this.jobs.length && !this.wanted) {
      try {
        await this.jobs.shift()!(run);
      } catch (error) {
        this.post({ type: 'refused', message: words(error) });
      }
    }
    if (run.broken || (!this.playing && this.single === 0)) {
      this.single = 0;
      await this.look(run, true);
      if (!this.playing && !this.wanted) await run.tellPreflight();
      if (!this.wanted && !this.map && !this.jobs.length && (!this.playing || run.broken)) await this.signal();
      return;
    }
    const began = now();
    const count = this.single > 0 ? 1 : this.stepsPerTurn(run);
    if (this.single > 0) this.single--;
    const { milliseconds, stopped } = await run.advance(count);
    this.taken += count;
    this.msPerStep += (milliseconds / count - this.msPerStep) * 0.2;
    if (stopped) this.end(run, 'early_stopping');
    await this.look(run, this.single === 0 && !this.playing);
    if (this.untested && run.trainer.steps >= SETTLED && !run.broken) await this.selfTest(run);
    await this.rest(now() - began, count);
  }

  /** Every kernel of the run beside float64. A wrong one is replaced and the run begins again; where that does not help nothing is trained here any more. */
  private async selfTest(run: LiveRun): Promise<void> {
    this.untested = false;
    const { engine, start } = this;
    const { selfTest } = await import('../../src/verify/index.ts');
    // Its refusal ends the device: that is no loss from which to go on.
    this.engine = null;
    const { verdict, message } = await selfTest(engine!, run.trainer.plan);
    if (verdict === 'wrong') {
      this.refusal = message;
      // What it has shown came from wrong numbers.
      run.destroy();
      this.run = null;
      this.post({ type: 'wrong_numbers' });
      throw new Error(message);
    }
    this.engine = engine;
    if (verdict === 'right') return this.post({ type: 'self_tested' });
    this.post({ type: 'replaced', message });
    // From the beginning, unless another network is wanted.
    this.wanted ??= start;
  }

  /** All checks of a run that waits for its first step. */
  private async preflight(run: LiveRun): Promise<void> {
    if (run.trainer.steps > 0) return;
    this.checking = new AbortController();
    try {
      await run.preflight(this.checking.signal);
    } finally {
      this.checking = null;
    }
  }

  /** The map, as long as it is wanted and nothing else is. */
  private async drawMap(wish: MapWish): Promise<void> {
    const stopped = (): boolean => this.map !== wish || this.wanted !== null;
    try {
      const { drawMap } = await import('./map.ts');
      await drawMap(wish, { engine: this.engine!, read: this.read, post: this.post, stopped });
    } finally {
      // Another network comes first, and the map goes on behind it.
      if (this.map !== wish || this.wanted === null) {
        if (this.map === wish) this.map = null;
        this.post({ type: 'map_end' });
      }
    }
  }

  private async build(start: Start): Promise<void> {
    this.wanted = null;
    this.start = start;
    this.number = start.run;
    // "Try another" is judged against the run that was ill at first.
    this.untreated = start.compare ? (this.untreated ?? (await this.run?.judged().catch(() => undefined))) : undefined;
    this.run?.destroy();
    this.run = null;
    this.engine ??= await this.connect();
    const from = start.resume === 'stored' ? (this.stored?.bytes ?? null) : start.resume ? this.kept : null;
    this.kept = from;
    const run = await LiveRun.build(this.engine, { start, from, read: this.read, post: this.post });
    run.watched = this.watched;
    this.run = run;
    this.pace = new Pace(PACE);
    this.pace.done('checkpoint');
    this.counted = { steps: this.taken, at: now() };
    this.keeping = start.keep === true;
    if (this.keeping && this.stored === undefined) void this.offer(start);
  }

  /** Tells the page of a run of this document from an earlier visit: the first network of a visit may be the last one of another. */
  private async offer({ run, document }: Start): Promise<void> {
    this.stored = null;
    const stored = await storedRun();
    this.stored = stored;
    if (stored && stored.step >= WORTH && stored.document === JSON.stringify(document)) this.post({ type: 'stored', run, step: stored.step });
  }

  /** Keeps a checkpoint beyond this visit; one of the same document that is further on stays. */
  private store(run: LiveRun, bytes: Uint8Array): void {
    const document = JSON.stringify(run.given);
    const step = run.trainer.steps;
    if (this.stored?.document === document && this.stored.step > step) return;
    void storeRun({ document, step, bytes });
  }

  /** Steps of one turn: about TURN milliseconds of work, and no more than the speed allows or the next validation needs. */
  private stepsPerTurn(run: LiveRun): number {
    const fast = Math.max(1, Math.floor(TURN / Math.max(0.05, this.msPerStep)));
    const allowed = Number.isFinite(SPEEDS[this.speed]) ? Math.max(1, Math.round(SPEEDS[this.speed] / TURNS)) : MOST;
    return Math.min(fast, allowed, run.untilValidation);
  }

  /** Waits as long as the speed asks for; on a software adapter also in proportion to the work. */
  private async rest(worked: number, steps: number): Promise<void> {
    const slow = Number.isFinite(SPEEDS[this.speed]) ? (1000 * steps) / SPEEDS[this.speed] - worked : 0;
    const fraction = this.engine?.adapter.fallback ? worked * REST : 0;
    await sleep(Math.max(0, Math.min(1000, Math.max(slow, fraction))));
  }

  private signal(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** Everything that is not a step, each when it is due; with `all`, at once. */
  private async look(run: LiveRun, all: boolean): Promise<void> {
    const { pace } = this;
    if (pace.due('status', all)) this.tellStatus(run);
    if (run.broken) {
      run.tellFindings(await run.diagnosis());
      this.end(run, 'non_finite');
      return;
    }
    if (this.profiling && this.playing && run.spare && pace.due('gpuTimes')) {
      const began = now();
      this.taken++;
      await run.tellGpuTimes().catch((error) => {
        this.profiling = false;
        this.post({ type: 'refused', wish: 'profile', message: words(error) });
      });
      pace.done('gpuTimes', (now() - began) / FRACTION.gpuTimes);
    }
    if (this.wanted) return;
    if (pace.due('findings', all)) {
      const diagnosis = await run.diagnosis();
      const began = now();
      run.tellFindings(diagnosis);
      // A long run has more to read.
      pace.done('findings', (now() - began) / FRACTION.findings);
    }
    if (pace.due('surface', all)) {
      const began = now();
      // Beside the steps, which need not wait for it. What fails with the run is no news.
      void run.tellSurface().then(
        () => pace.done('surface', (now() - began) / FRACTION.surface),
        () => undefined,
      );
    }
    if (this.untreated && run.trainer.steps > 0 && pace.due('judgement', all)) {
      const began = now();
      await run.tellJudgement(this.untreated);
      pace.done('judgement', (now() - began) / FRACTION.judgement);
    }
    if (run.trainer.steps > 0 && pace.due('checkpoint', all)) {
      const began = now();
      this.kept = await run.checkpoint();
      if (this.keeping && run.trainer.steps >= WORTH) this.store(run, this.kept);
      this.post({ type: 'checkpoint', run: run.number, step: run.trainer.steps });
      pace.done('checkpoint', (now() - began) / FRACTION.checkpoint);
    }
  }

  private end(run: LiveRun, reason: 'non_finite' | 'early_stopping'): void {
    this.playing = false;
    if (run.ended && reason === 'non_finite') return;
    run.ended = true;
    this.post({ type: 'ended', run: run.number, reason, step: run.trainer.steps });
  }

  private tellStatus(run: LiveRun): void {
    const { dispatches, bytes } = run.trainer.counts;
    const seconds = (now() - this.counted.at) / 1000;
    const stepsPerSecond = this.playing && !run.broken ? (this.taken - this.counted.steps) / Math.max(1e-3, seconds) : 0;
    this.counted = { steps: this.taken, at: now() };
    this.post({ type: 'status', run: run.number, stepsPerSecond, dispatches, bytes });
  }
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
