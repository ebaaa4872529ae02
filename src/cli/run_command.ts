// `fathom [experiment]`: trains and prints what happened.
import { appendFileSync, rmSync } from 'node:fs';
import { summaryText } from '../data/csv_summary.ts';
import { UsageError } from '../errors.ts';
import type { Experiment } from '../experiment/document.ts';
import { endOf, headerLine, stepLine } from '../experiment/history_schema.ts';
import { toJson } from '../experiment/json.ts';
import { isTable } from '../experiment/new_rows.ts';
import type { RunCheckpoints, RunResult, RunStart } from '../experiment/run.ts';
import { diagnose } from '../inspect/diagnose/index.ts';
import type { CheckpointInfo } from '../train/keep_checkpoints.ts';
import type { RunEvent } from './api.ts';
import { beforehandText } from './beforehand.ts';
import { documentFlagsIn, refuseDocumentFlags } from './document_flags.ts';
import { type Files, loadInside, movedTo, readModelFile, requireFolder, writeBytes, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { inFlags, namingFile, sayingFlags } from './flag_words.ts';
import { loadGiven } from './given.ts';
import { onInterrupt, STOPPED_EARLY } from './interrupt.ts';
import { note, oneLine, print } from './print.ts';
import { progress } from './progress.ts';
import { checkReportName, writeReport } from './report_file.ts';
import { findingsText, onTerminal, recoveryText, resultText } from './result_text.ts';
import { type RunFiles, Session, type Where } from './session.ts';

export interface RunFlags extends Where {
  json?: string;
  report?: string;
  seed?: number;
  save?: string;
  document?: string;
  checkpoint?: string;
  every?: number;
  keep?: number;
  best?: boolean;
  weights?: string;
  resume?: string;
  /** Flags of document_flags.ts, for a run without a document. */
  [flag: string]: unknown;
}

/** Trains, prints, writes the files asked for; the exit status. */
export async function runCommand(path: string | undefined, flags: RunFlags): Promise<number> {
  checkReportName(flags.report);
  if (path === undefined && flags.resume) refuseDocumentFlags(documentFlagsIn(flags), flags.resume);
  for (const file of [flags.save, flags.document, flags.checkpoint, flags.json]) requireFolder(file);
  const checkpoints = flags.checkpoint === undefined ? undefined : new Checkpoints(flags.checkpoint);
  checkCheckpoints(flags, checkpoints);
  if (flags.resume && flags.seed !== undefined) throw new UsageError('--seed: a resumed run keeps the seed that it started with');
  const resume = flags.resume === undefined ? undefined : readModelFile(flags.resume);
  if (flags.weights && resume) throw new UsageError('--weights: a run that is resumed has its weights in the checkpoint: give one of the two');
  const weights = flags.weights === undefined ? undefined : readModelFile(flags.weights);
  const loaded = resume && path === undefined ? loadInside(flags.resume!, resume) : await loadGiven(path, flags);
  if (flags.document) {
    writeText(flags.document, `${JSON.stringify(movedTo(loaded.document, loaded.folder, flags.document), null, 2)}\n`);
    print(`Document: ${flags.document}\n`);
  }
  const files: RunFiles = {
    explain: true,
    ...(resume ? { resume } : {}),
    ...(weights ? { weights } : {}),
    ...(checkpoints ? { checkpoint: checkpoints.policy(flags) } : {}),
    ...(flags.save ? { save: (file) => writeBytes(flags.save!, file) } : {}),
  };
  const session = await Session.open(flags);
  try {
    print(onTerminal(`${oneLine(loaded.name)}${loaded.document.description ? `: ${loaded.document.description}` : ''}`));
    print(`Adapter: ${session.adapter.description}${session.adapter.fallback ? ' (software)' : ''}\n`);
    const writer = flags.json === undefined ? undefined : new HistoryWriter(flags.json, loaded.document, session);
    let explained = '';
    const first = new FirstStep(loaded.document);
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'explained') explained = event.message;
      first.take(event);
      writer?.take(event);
    };
    const result = await runWatched(session, loaded, loaded.name, onEvent, files);
    if (neverBegan(result)) return EXIT.interrupted;
    writer?.end(result);
    print(...resultText(result));
    if (explained) print(onTerminal(oneLine(explained)));
    print('\n', ...findingsText(diagnose(result.history), result.history.steps.length));
    if (flags.save) print(`\nModel: ${flags.save}`);
    if (checkpoints?.last) print(`\n${checkpoints.text(result.start.steps)}`);
    else if (result.status === 'aborted')
      print(`\n${onTerminal('It cannot go on from here: a run with --checkpoint <file> leaves what --resume <file> goes on from, also where it is stopped.')}`);
    if (flags.report) writeReport(flags.report, { title: loaded.name, history: result.history, result });
    return result.status === 'aborted' ? EXIT.interrupted : EXIT.done;
  } finally {
    await session.close();
  }
}

/** Whether Ctrl-C came before the first step: then there is nothing to tell of the run, and it says so. */
export function neverBegan({ status, history }: Pick<RunResult, 'status' | 'history'>): boolean {
  const never = status === 'aborted' && history.steps.length === 0;
  if (never) note(STOPPED_EARLY);
  return never;
}

/** What was said, so that several runs on the same data do not say it again. */
const said = new Set<string>();

function sayOnce(text: string): void {
  if (!said.has(text)) note(`${text}\n`);
  said.add(text);
}

/** Throws a UsageError for flags about checkpoints that make no sense. */
function checkCheckpoints({ every, keep, best }: RunFlags, checkpoints: Checkpoints | undefined): void {
  const wish =
    every !== undefined
      ? '--every: says how often a checkpoint is'
      : keep !== undefined
        ? '--keep: says how many checkpoints are'
        : '--best: says which checkpoints are';
  if (!checkpoints && (every !== undefined || keep !== undefined || best)) throw new UsageError(`${wish} written: give --checkpoint <file> as well`);
  if (keep !== undefined && !checkpoints!.numbered)
    throw new UsageError('--keep: each checkpoint needs a file of its own: give --checkpoint a name with {step} in it');
}

/** Writes checkpoints to one file, or to one per step if the name has a place for it: `run-{step}.safetensors`; the best one in the same folder. */
class Checkpoints {
  last: { path: string; step: number } | undefined;
  best: { path: string; step: number } | undefined;
  readonly numbered: boolean;
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
    this.numbered = pattern.includes('{step}');
  }

  /** What the run is asked for. */
  policy({ every, keep, best }: RunFlags): RunCheckpoints {
    return {
      ...(every === undefined ? {} : { every }),
      // Without a number all of them stay.
      last: keep ?? Number.MAX_SAFE_INTEGER,
      ...(best ? { best } : {}),
      write: (file, info) => {
        const path = this.path(info);
        writeBytes(path, file);
        this[info.kind] = { path, step: info.step };
      },
      remove: (info) => {
        if (info.kind === 'last') rmSync(this.path(info), { force: true });
      },
    };
  }

  text(steps: number): string {
    const { path, step } = this.last!;
    const best = this.best ? `\nBest checkpoint: ${this.best.path}, after step ${this.best.step}` : '';
    return `Checkpoint: ${path}, after step ${step}${step < steps ? `; continue with --resume ${path}` : ''}${best}`;
  }

  private path({ kind, step }: CheckpointInfo): string {
    if (kind === 'last') return this.pattern.replaceAll('{step}', String(step));
    return this.numbered ? this.pattern.replaceAll('{step}', 'best') : this.pattern.replace(/(\.[^./\\]*)?$/, '-best$1');
  }
}

/** Runs with a progress bar. The first Ctrl-C ends the run and keeps its results; a second one ends the program. */
export async function runWatched(
  session: Session,
  { document, files, byFlags }: { document: Experiment; files: Files; byFlags?: true },
  label: string,
  onEvent?: (event: RunEvent) => void,
  more: RunFiles = {},
): Promise<RunResult> {
  const shown = progress(label);
  const over = onInterrupt(() => void session.stop());
  try {
    const run = (): Promise<RunResult> =>
      session.run(
        document,
        files,
        (event) => {
          if (event.type === 'data') sayOnce((byFlags ? inFlags : String)(summaryText(event.summary).join('\n')));
          if (event.type === 'start') shown.start(event.start);
          if (event.type === 'steps') shown.steps(event.records);
          if (event.type === 'validation') shown.validation(event.record);
          if (event.type === 'recovered') note(`${oneLine(label)}: ${recoveryText(event.recovery)}`);
          onEvent?.(event);
        },
        more,
      );
    const path = isTable(document.data) ? document.data.path : undefined;
    return await (byFlags ? sayingFlags(run, path) : namingFile(run, path));
  } finally {
    over();
    shown.end();
  }
}

/** Says what the first step shows, once; of a run that is resumed it was said before. */
class FirstStep {
  private readonly document: Experiment;
  private start: RunStart | undefined;

  constructor(document: Experiment) {
    this.document = document;
  }

  take(event: RunEvent): void {
    if (event.type === 'start' && !event.start.from) this.start = event.start;
    if (event.type !== 'steps' || !this.start) return;
    const [record] = event.records;
    if (record?.step === 1) note(`${beforehandText(this.document, this.start, record)}\n`);
    this.start = undefined;
  }
}

/** Writes the history as it comes, from the first step on, so that a run that is stopped leaves its lines. */
class HistoryWriter {
  private readonly path: string;
  private header: string | undefined;
  private readonly about: { document: Experiment; adapter: unknown };

  constructor(path: string, document: Experiment, { adapter }: Session) {
    this.path = path;
    this.about = { document, adapter };
  }

  take(event: RunEvent): void {
    if (event.type === 'start') this.header = headerLine(event.start, this.about);
    if (event.type === 'validation') this.lines([toJson({ validation: event.record })]);
    if (event.type === 'recovered') this.lines([toJson({ recovered: event.recovery })]);
    if (event.type === 'steps') this.lines(event.records.flatMap((record) => (record.layers ? [stepLine(record)] : [])));
  }

  end({ history, status, train, validation, test }: RunResult): void {
    this.lines([toJson({ end: { ...endOf(history), status, train, validation, test } })]);
  }

  private lines(texts: readonly string[]): void {
    if (this.header !== undefined) writeText(this.path, `${this.header}\n`);
    this.header = undefined;
    if (texts.length > 0) appendFileSync(this.path, `${texts.join('\n')}\n`);
  }
}
