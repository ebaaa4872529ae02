// `fathom [experiment]`: trains and prints what happened.
import { createWriteStream, type WriteStream } from 'node:fs';
import type { Experiment } from '../experiment/document.ts';
import { headerLine, stepLine } from '../experiment/history_schema.ts';
import { toJson } from '../experiment/json.ts';
import type { Ended, RunResult } from '../experiment/run.ts';
import { type Loaded, loadDocument } from './documents.ts';
import { EXIT } from './exit.ts';
import type { PageEvent } from './page.ts';
import { progress } from './progress.ts';
import { Session, type WantedAdapter } from './session.ts';
import { layerTable, percent, short, table } from './table.ts';

export interface RunFlags {
  json?: string;
  report?: string;
  seed?: number;
  adapter: WantedAdapter;
}

const ENDED: Record<Ended, string> = {
  finished: 'all steps done',
  early_stopping: 'early stopping: back to the best parameters',
  non_finite: 'stopped where it turned non-finite',
  aborted: 'stopped by Ctrl-C',
};

/** Trains, prints, writes the files asked for; the exit status. */
export async function runCommand(path: string | undefined, flags: RunFlags): Promise<number> {
  const loaded = withSeed(loadDocument(path), flags.seed);
  const session = await Session.open(flags.adapter);
  try {
    console.log(`${loaded.name}${loaded.document.description ? `: ${loaded.document.description}` : ''}`);
    console.log(`Adapter: ${session.adapter.description}${session.adapter.fallback ? ' (software)' : ''}\n`);
    const writer = flags.json === undefined ? undefined : new HistoryWriter(flags.json, loaded.document, session);
    const result = await runWatched(session, loaded, loaded.name, writer ? (event) => writer.take(event) : undefined);
    await writer?.end(result);
    console.log(resultText(result));
    return result.ended === 'aborted' ? EXIT.interrupted : EXIT.done;
  } finally {
    await session.close();
  }
}

export function withSeed(loaded: Loaded, seed: number | undefined): Loaded {
  return seed === undefined ? loaded : { ...loaded, document: { ...loaded.document, seed } };
}

/** Runs with a progress bar. The first Ctrl-C ends the run and keeps what there is; a second one ends the program. */
export async function runWatched(session: Session, { document, files }: { document: Experiment; files: ReadonlyMap<string, string> }, label: string, onEvent?: (event: PageEvent) => void): Promise<RunResult> {
  const shown = progress(label);
  const interrupt = (): void => {
    process.once('SIGINT', () => process.exit(EXIT.interrupted));
    void session.stop();
  };
  process.once('SIGINT', interrupt);
  try {
    return await session.run(document, files, (event) => {
      if (event.type === 'start') shown.start(event.start);
      if (event.type === 'steps') shown.steps(event.records);
      if (event.type === 'check') shown.check(event.record);
      onEvent?.(event);
    });
  } finally {
    process.off('SIGINT', interrupt);
    shown.end();
  }
}

/** The tables of a run. */
export function resultText(result: RunResult): string {
  const { history, start, counts } = result;
  const probed = history.steps.filter((record) => record.layers).at(-1);
  const parts = [
    [probed ? `Gradients at step ${probed.step}, input at the top:` : '', layerTable(history, probed)].filter(Boolean).join('\n'),
    scoresText(result),
    `${history.steps.length} of ${start.steps} steps in ${(result.milliseconds / 1000).toFixed(1)} s, ${short(result.msPerStep)} ms per step, ${counts.dispatches} dispatches each; ${ENDED[result.ended]}.`,
  ];
  const { nonFinite } = history;
  if (nonFinite) parts.push(`Non-finite at step ${nonFinite.step}: first in ${nonFinite.tensor}${nonFinite.layer ? ` of ${nonFinite.layer}` : ''} (${nonFinite.nanCount} NaN, ${nonFinite.infCount} Inf).`);
  return parts.join('\n\n');
}

/** Loss and accuracy of each part of the data. */
export function scoresText({ train, validation, test, start }: RunResult): string {
  const rows = ([['train', train], ['validation', validation], ['test', test]] as const).flatMap(([part, scores]) =>
    scores ? [[part, String(start.rows[part]), short(scores.loss), percent(scores.accuracy)]] : [],
  );
  return table([['part', 'rows', 'loss', 'accuracy'], ...rows]);
}

/** Writes the history as it comes, so that a run that is stopped leaves its lines. */
class HistoryWriter {
  private readonly stream: WriteStream;
  private readonly about: { document: Experiment; adapter: unknown };

  constructor(path: string, document: Experiment, { adapter }: Session) {
    this.stream = createWriteStream(path);
    this.about = { document, adapter };
  }

  take(event: PageEvent): void {
    if (event.type === 'start') this.line(headerLine({ layers: event.start.layers }, this.about));
    if (event.type === 'check') this.line(toJson({ check: event.record }));
    if (event.type === 'steps') for (const record of event.records) if (record.layers) this.line(stepLine(record));
  }

  async end({ history, ended, train, validation, test }: RunResult): Promise<void> {
    this.line(toJson({ end: { ...(history.nonFinite ? { nonFinite: history.nonFinite } : {}), ended, train, validation, test } }));
    await new Promise<void>((resolve, reject) => {
      this.stream.once('error', reject).end(resolve);
    });
  }

  private line(text: string): void {
    this.stream.write(`${text}\n`);
  }
}
