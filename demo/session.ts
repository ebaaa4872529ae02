// The runs of the page: the one in progress, the frozen one it is compared with, and what the visitor does to them.
import type { Texts } from '../src/texts.ts';
import type { ExperimentDocument } from './document.ts';
import { embedded, recall, remember } from './memory.ts';
import type { FromWorker, RemedyMessage, Source, Speed, TheoryMessage } from './protocol.ts';
import { Run } from './run.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

/** What happened: numbers came, the network is another, words must change, or the whole page must. */
export type Change = 'data' | 'structure' | 'words';

/** Changes of the controls within this time are one rebuild. */
const PATIENCE = 180;
/** Steps of the first run when a link asks for a comparison. */
const FROZEN_AT = 30;

export interface Status {
  stepsPerSecond: number;
  dispatches: number;
  bytes: number;
  /** Null where the browser hides the adapter's name. */
  adapter: string | null;
  fallback: boolean;
}

/** Where the page remembers on which adapter its kernels were tested. */
const SELF_TESTED = 'fathom-self-tested';

export class Session {
  run: Run | null = null;
  before: Run | null = null;
  /** What the theory says of the network that is being built, the first one of the page. */
  foreseen: TheoryMessage | null = null;
  /** What the present run tries, in words: a remedy, or a way to break the network. */
  tried: Texts | null = null;
  playing = true;
  /** True from a structural change until the first new step. */
  stale = false;
  /** Whether there is no run since the last one that was wanted failed. */
  failed = false;
  status: Status = { stepsPerSecond: 0, dispatches: 0, bytes: 0, adapter: '', fallback: false };
  checkpoint: { step: number } | null = null;
  private readonly source: Source;
  private readonly store: Store;
  private readonly changed: (change: Change) => void;
  private number = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private quiet = false;
  /** What to run once the first run of a comparison is long enough. */
  private then: (() => void) | null = null;
  private beforeSettings: { settings: Settings; document: ExperimentDocument | null } | null = null;

  constructor(source: Source, store: Store, changed: (change: Change) => void) {
    this.source = source;
    this.store = store;
    this.changed = changed;
    source.listen((message) => this.receive(message));
    store.listen((keys) => {
      if (keys.has('speed')) source.post({ type: 'speed', speed: store.state.speed });
      if (keys.has('layer')) source.post({ type: 'watch', layer: store.state.layer });
      if (keys.has('profile')) source.post({ type: 'profile', on: store.state.profile });
      if ((keys.has('settings') || keys.has('document') || keys.has('csv')) && !this.quiet) this.restart();
    });
    source.post({ type: 'speed', speed: store.state.speed });
    source.post({ type: 'watch', layer: store.state.layer });
    source.post({ type: 'profile', on: store.state.profile });
  }

  /** Starts what the address asks for: one run, or a run and the one that it is compared with. */
  begin(): void {
    const { before, settings, document } = this.store.state;
    this.before = null;
    this.beforeSettings = null;
    this.tried = null;
    this.then = null;
    if (before) {
      this.run = null;
      // The state stays that of the link, whatever part of it runs first.
      this.beforeSettings = { settings: before, document: null };
      this.then = () => this.compare({ settings, document }, null);
    }
    this.start();
  }

  /** Whether the run in progress is the first one of a comparison that a link asks for: what it is compared with comes after it. */
  get preparing(): boolean {
    return this.then !== null;
  }

  /** A live change applies to the running network, any other rebuilds it. */
  change(patch: Partial<Settings>): void {
    const keys = Object.keys(patch);
    if (keys.length === 1 && patch.learningRate !== undefined && this.run && !this.stale) {
      this.quietly(() => this.store.change(patch));
      this.source.post({ type: 'learningRate', learningRate: patch.learningRate });
      return;
    }
    this.leaveComparison();
    this.store.change(patch);
  }

  /** Goes on; a run that is no longer finite can only start again. */
  play(): void {
    this.playing = true;
    if (this.run?.ended === 'non_finite') {
      this.start();
      return;
    }
    if (this.run) this.run.ended = null;
    this.source.post({ type: 'play' });
    this.changed('words');
  }

  pause(): void {
    this.playing = false;
    this.source.post({ type: 'pause' });
    this.changed('words');
  }

  step(): void {
    this.playing = false;
    this.source.post({ type: 'step' });
    this.changed('words');
  }

  /** From the first step again; a comparison stays one. */
  reset(): void {
    this.start();
  }

  speed(speed: Speed): void {
    this.store.set({ speed });
  }

  /** Freezes the present run as "before" and runs the remedy's document from the same seed. */
  async fix(remedy: RemedyMessage): Promise<void> {
    const { settingsOf } = await import('./read_document.ts');
    const settings = settingsOf(remedy.document, this.store.rowsOf(this.store.state.settings), this.store.state.settings);
    this.compare(settings ? { settings, document: null } : { settings: this.store.state.settings, document: remedy.document }, remedy.text);
  }

  /** The same for a change of the controls; `what` names it. */
  compareWith(patch: Partial<Settings>, what: Texts | null = null): void {
    this.compare({ settings: { ...this.store.state.settings, ...patch }, document: null }, what);
  }

  private compare(next: { settings: Settings; document: ExperimentDocument | null }, tried: Texts | null): void {
    const { settings, document } = this.store.state;
    // "Try another" keeps the run that was ill at first.
    if (!this.before) {
      this.before = this.run;
      this.beforeSettings ??= { settings, document };
    }
    this.tried = tried;
    this.playing = true;
    this.then = null;
    const before = this.beforeSettings?.settings ?? settings;
    this.quietly(() => this.store.set({ ...next, before }));
    this.start();
  }

  /** The treated run goes on alone. */
  keep(): void {
    this.leaveComparison();
    this.changed('structure');
  }

  /** Back to what was before, from the same seed. */
  undo(): void {
    const back = this.beforeSettings;
    this.leaveComparison();
    if (back) this.quietly(() => this.store.set(back));
    this.start();
  }

  private leaveComparison(): void {
    this.before = null;
    this.beforeSettings = null;
    this.tried = null;
    this.then = null;
    this.store.set({ before: null });
  }

  /** Goes on from the last checkpoint after the device was lost. */
  resume(): void {
    this.playing = true;
    this.start(true);
  }

  /** Goes on from what the browser kept of an earlier visit. */
  resumeStored(): void {
    this.playing = true;
    this.run = null;
    this.start('stored');
  }

  post(...message: Parameters<Source['post']>): void {
    this.source.post(...message);
  }

  /** Changes the state without a rebuild: whoever calls it starts the run. */
  quietly(action: () => void): void {
    this.quiet = true;
    action();
    this.quiet = false;
  }

  /** The second run of a comparison that a link asks for. */
  private goOn(): void {
    const { then } = this;
    this.then = null;
    then?.();
  }

  /** The adapter, or the browser that hides it: an update of either may compute otherwise. */
  private get adapterKey(): string {
    return `${this.status.adapter ?? ''} ${navigator.userAgent}`;
  }

  private restart(): void {
    this.stale = true;
    this.changed('structure');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.start(), PATIENCE);
  }

  private start(resume: boolean | 'stored' = false): void {
    clearTimeout(this.timer);
    this.stale = this.run !== null;
    this.failed = false;
    this.number++;
    const { number } = this;
    const { settings, before } = this.store.state;
    const later = this.store.rowsLater(settings, before);
    if (!later) this.send(resume);
    else void later.then(() => number === this.number && this.send(resume));
    this.changed('structure');
  }

  private send(resume: boolean | 'stored'): void {
    const { settings, document } = this.store.state;
    // Of a document nobody knows on which plane its rows were drawn.
    const half = document ? undefined : this.store.rowsOf(settings)?.half;
    this.source.post({
      type: 'start',
      run: this.number,
      document: this.then ? this.store.documentOf(this.beforeSettings!.settings) : this.store.document,
      playing: this.playing,
      resume,
      // A page within another stores nothing there.
      keep: !embedded,
      ...(half === undefined ? {} : { half }),
      ...(this.before ? { compare: true } : {}),
    });
  }

  private receive(message: FromWorker): void {
    if ('run' in message && message.run !== this.number) return;
    // What comes before the new run has said what it is belongs to none.
    const run = this.run?.start.run === this.number ? this.run : null;
    switch (message.type) {
      case 'ready':
        Object.assign(this.status, { adapter: message.adapter, fallback: message.fallback });
        if (recall(SELF_TESTED) !== this.adapterKey) this.source.post({ type: 'self_test' });
        break;
      case 'wrong_numbers':
        this.run = null;
        this.changed('structure');
        break;
      case 'self_tested':
        remember(SELF_TESTED, this.adapterKey);
        break;
      case 'foreseen':
        this.foreseen = message.theory;
        this.changed('structure');
        break;
      case 'started':
        if (message.step > 0 && this.run) this.run.resume(message);
        else this.run = new Run(message);
        this.stale = false;
        this.checkpoint = message.step > 0 ? { step: message.step } : null;
        this.changed('structure');
        break;
      case 'steps':
        run?.add(message);
        this.changed('data');
        if (run && run.step >= FROZEN_AT) this.goOn();
        break;
      case 'validation':
        run?.addValidation(message.record);
        break;
      case 'surface':
        if (run) run.surface = message;
        this.changed('data');
        break;
      case 'confusion':
        if (run) run.confusion = message.counts;
        this.changed('data');
        break;
      case 'judgement':
        if (run) run.judgement = message;
        this.changed('words');
        break;
      case 'findings':
        if (run) {
          run.findings = message.findings;
          run.unchecked = message.unchecked ?? [];
          run.baselineLoss = message.baselineLoss ?? run.baselineLoss;
          run.nonFinite = message.nonFinite;
          run.diagnosed = true;
        }
        this.changed('words');
        break;
      case 'preflight':
        if (run) run.preflight = message;
        this.changed('words');
        break;
      case 'status':
        Object.assign(this.status, { stepsPerSecond: message.stepsPerSecond, dispatches: message.dispatches, bytes: message.bytes });
        break;
      case 'gpu_times':
        if (run) run.gpuTimes = message;
        this.changed('data');
        break;
      case 'checkpoint':
        this.checkpoint = message;
        break;
      case 'ended':
        if (run) run.ended = message.reason;
        this.playing = false;
        this.changed('words');
        this.goOn();
        break;
      case 'lost':
      case 'failed':
        this.playing = false;
        this.stale = false;
        this.failed = message.type === 'failed' && !this.run;
        this.changed('words');
        break;
    }
  }
}
