// `fathom [experiment]`: trains and prints what happened.
import { appendFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { Experiment } from '../experiment/document.ts';
import { headerLine, stepLine } from '../experiment/history_schema.ts';
import { toJson } from '../experiment/json.ts';
import type { RunResult } from '../experiment/run.ts';
import { diagnose } from '../inspect/diagnose/index.ts';
import { type Files, type Loaded, loadDocument, loadInside, readModelFile, requireFolder, writeBytes, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { onInterrupt } from './interrupt.ts';
import type { PageEvent } from './page.ts';
import { print } from './print.ts';
import { progress } from './progress.ts';
import { checkReportName, writeReport } from './report_file.ts';
import { findingsText, resultText } from './result_text.ts';
import { type RunFiles, Session, type WantedAdapter } from './session.ts';

export interface RunFlags {
  json?: string;
  report?: string;
  seed?: number;
  save?: string;
  checkpoint?: string;
  every?: number;
  weights?: string;
  resume?: string;
  adapter: WantedAdapter;
}

/** Trains, prints, writes the files asked for; the exit status. */
export async function runCommand(path: string | undefined, flags: RunFlags): Promise<number> {
  checkReportName(flags.report);
  for (const file of [flags.save, flags.checkpoint]) requireFolder(file);
  if (flags.every !== undefined && !flags.checkpoint) throw new UsageError('--every: says how often a checkpoint is written: give --checkpoint <file> as well');
  if (flags.resume && flags.seed !== undefined) throw new UsageError('--seed: a run that is resumed goes on with the seed that it began with');
  const resume = flags.resume === undefined ? undefined : readModelFile(flags.resume);
  if (flags.weights && resume) throw new UsageError('--weights: a run that is resumed has its weights in the checkpoint: give one of the two');
  const weights = flags.weights === undefined ? undefined : readModelFile(flags.weights);
  const loaded = resume && path === undefined ? loadInside(flags.resume!, resume) : withSeed(loadDocument(path), flags.seed);
  const checkpoints = new Checkpoints(flags.checkpoint);
  const files: RunFiles = {
    ...(resume ? { resume } : {}),
    ...(weights ? { weights } : {}),
    ...(flags.checkpoint ? { checkpoint: { ...(flags.every ? { every: flags.every } : {}), write: (file, step) => checkpoints.write(file, step) } } : {}),
    ...(flags.save ? { save: (file) => writeBytes(flags.save!, file) } : {}),
  };
  const session = await Session.open(flags.adapter);
  try {
    print(`${loaded.name}${loaded.document.description ? `: ${loaded.document.description}` : ''}`);
    print(`Adapter: ${session.adapter.description}${session.adapter.fallback ? ' (software)' : ''}\n`);
    const writer = flags.json === undefined ? undefined : new HistoryWriter(flags.json, loaded.document, session);
    const result = await runWatched(session, loaded, loaded.name, writer ? (event) => writer.take(event) : undefined, files);
    writer?.end(result);
    print(resultText(result));
    print(`\n${findingsText(diagnose(result.history), result.history.steps.length)}`);
    if (flags.save) print(`\nModel: ${flags.save}`);
    if (checkpoints.last) print(`\n${checkpoints.text(result.start.steps)}`);
    if (flags.report) writeReport(flags.report, { title: loaded.name, history: result.history, result });
    return result.ended === 'aborted' ? EXIT.interrupted : EXIT.done;
  } finally {
    await session.close();
  }
}

export function withSeed(loaded: Loaded, seed: number | undefined): Loaded {
  return seed === undefined ? loaded : { ...loaded, document: { ...loaded.document, seed } };
}

/** Writes checkpoints to a file, or to one for each step where its name has a place for that: `run-{step}.safetensors`. */
class Checkpoints {
  last: { path: string; step: number } | undefined;
  private readonly pattern: string | undefined;

  constructor(pattern: string | undefined) {
    this.pattern = pattern;
  }

  write(file: Uint8Array, step: number): void {
    const path = this.pattern!.replaceAll('{step}', String(step));
    writeBytes(path, file);
    this.last = { path, step };
  }

  text(steps: number): string {
    const { path, step } = this.last!;
    return `Checkpoint: ${path}, after step ${step}${step < steps ? `; it goes on with --resume ${path}` : ''}`;
  }
}

/** Runs with a progress bar. The first Ctrl-C ends the run and keeps what there is; a second one ends the program. */
export async function runWatched(
  session: Session,
  { document, files }: { document: Experiment; files: Files },
  label: string,
  onEvent?: (event: PageEvent) => void,
  more: RunFiles = {},
): Promise<RunResult> {
  const shown = progress(label);
  const over = onInterrupt(() => void session.stop());
  try {
    return await session.run(
      document,
      files,
      (event) => {
        if (event.type === 'start') shown.start(event.start);
        if (event.type === 'steps') shown.steps(event.records);
        if (event.type === 'check') shown.check(event.record);
        onEvent?.(event);
      },
      more,
    );
  } finally {
    over();
    shown.end();
  }
}

/** Writes the history as it comes, so that a run that is stopped leaves its lines. */
class HistoryWriter {
  private readonly path: string;
  private readonly about: { document: Experiment; adapter: unknown };

  constructor(path: string, document: Experiment, { adapter }: Session) {
    this.path = path;
    this.about = { document, adapter };
    writeText(path, '');
  }

  take(event: PageEvent): void {
    if (event.type === 'start') this.lines([headerLine(event.start, this.about)]);
    if (event.type === 'check') this.lines([toJson({ check: event.record })]);
    if (event.type === 'steps') this.lines(event.records.flatMap((record) => (record.layers ? [stepLine(record)] : [])));
  }

  end({ history, ended, train, validation, test }: RunResult): void {
    this.lines([toJson({ end: { ...(history.nonFinite ? { nonFinite: history.nonFinite } : {}), ended, train, validation, test } })]);
  }

  private lines(texts: readonly string[]): void {
    if (texts.length > 0) appendFileSync(this.path, `${texts.join('\n')}\n`);
  }
}
