// `fathom sweep`: the runs of a sweep one after the other, each a line of a file, so that a sweep that was interrupted goes on; or one of them, for other
// programs that start many.
import { appendFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseHTML } from 'linkedom/worker';
import { UsageError } from '../errors.ts';
import type { RunResult } from '../experiment/run.ts';
import {
  isHopeless,
  mergeSweepLines,
  parseSweep,
  readSweepLines,
  type Sweep,
  type SweepLine,
  type SweepRun,
  sweepId,
  sweepLineText,
  sweepRows,
  sweepRuns,
  valuesText,
} from '../experiment/sweep.ts';
import { sweepReport } from '../experiment/sweep_report.ts';
import { figure } from '../format.ts';
import { filesOf, isThere, readText, requireFolder, within, writeBytes, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { note, oneLine, print } from './print.ts';
import { onTerminal } from './result_text.ts';
import { runWatched } from './run_command.ts';
import { Session, type Where } from './session.ts';
import { table } from './table.ts';

export interface SweepFlags extends Where {
  out?: string;
  report?: string;
  list?: boolean;
  run?: number;
  merge?: string[];
}

export async function sweepCommand(path: string, flags: SweepFlags): Promise<number> {
  const { sweep, beside } = within(path, () => readSweep(path));
  const runs = within(path, () => sweepRuns(sweep));
  const id = sweepId(sweep);
  const out = flags.out ?? path.replace(/(\.json)?$/, '.jsonl');
  if (flags.report && !/\.html?$/i.test(flags.report))
    throw new UsageError(`--report: expected a file that ends in .html, got ${JSON.stringify(flags.report)}`);
  for (const file of [out, flags.report]) requireFolder(file);
  if (flags.list) {
    // Each to a file of its own: lines of programs that write at once would run into each other.
    const quoted = (word: string): string => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
    for (const { run } of runs) print(`fathom sweep ${quoted(path)} --run ${run} --out ${quoted(out.replace(/(\.jsonl)?$/, `-${run}.jsonl`))}`);
    return EXIT.done;
  }
  if (flags.merge) {
    const lines = mergeSweepLines(flags.merge.map((file) => within(file, () => readSweepLines(file, readText(file), id))));
    writeLines(out, lines);
    show(path, lines, runs, flags, out);
    return EXIT.done;
  }
  if (flags.run !== undefined && !runs[flags.run - 1]) throw new UsageError(`--run: the sweep has ${runs.length} runs, from 1; got ${flags.run}`);
  const lines = isThere(out) ? mergeSweepLines([within(out, () => readSweepLines(out, readText(out), id))]) : [];
  // Without what an interruption has cut off.
  writeLines(out, lines);
  const open = runs.filter(({ run }) => (flags.run === undefined || run === flags.run) && !lines.some((line) => line.run === run));
  if (lines.length > 0) note(`${lines.length} of ${runs.length} runs are in ${out}.`);
  if (open.length > 0 && !(await runAll(sweep, id, open, runs.length, lines, beside, out, flags))) {
    note(`Stopped by Ctrl-C; the runs that ended are in ${out}, and the same command goes on with the others.`);
    return EXIT.interrupted;
  }
  show(path, lines, runs, flags, out);
  return EXIT.done;
}

/** Moved to its place in one piece: an interruption leaves all the runs that were there. */
function writeLines(out: string, lines: readonly SweepLine[]): void {
  writeBytes(out, new TextEncoder().encode(lines.map((line) => `${sweepLineText(line)}\n`).join('')));
}

/** The sweep, with the experiment that it names read from beside it; `beside` is the file beside which the experiment's data are. */
function readSweep(path: string): { sweep: Sweep; beside: string } {
  const sweep = parseSweep(JSON.parse(readText(path)));
  const { experiment } = sweep;
  if (typeof experiment !== 'string') return { sweep, beside: path };
  const beside = resolve(dirname(path), experiment);
  return { sweep: { ...sweep, experiment: within(beside, () => JSON.parse(readText(beside)) as unknown) }, beside };
}

/** Runs what is left; false where it was interrupted. */
async function runAll(
  sweep: Sweep,
  id: string,
  open: readonly SweepRun[],
  total: number,
  lines: SweepLine[],
  beside: string,
  out: string,
  flags: SweepFlags,
): Promise<boolean> {
  const session = await Session.open(flags);
  try {
    print(`Adapter: ${session.adapter.description}`);
    for (const { run, values, seed, document } of open) {
      const validations: [number, number][] = [];
      let [steps, hopeless] = [1, false];
      const name = `run ${run} of ${total}`;
      const loaded = { document, files: filesOf(document.data, [dirname(beside)], beside), name };
      const result = await runWatched(session, loaded, `${name}: ${valuesText(values)}`, (event) => {
        if (event.type === 'start') steps = event.start.steps;
        if (event.type !== 'validation') return;
        validations.push([event.record.step, event.record.validationLoss]);
        if (hopeless || !isHopeless(sweep, { seed, steps, validations }, lines)) return;
        hopeless = true;
        void session.stop();
      });
      if (result.status === 'aborted' && !hopeless) return false;
      const line = lineOf({ sweep: id, run, values, seed }, result, validations, hopeless && result.status === 'aborted');
      lines.push(line);
      appendFileSync(out, `${sweepLineText(line)}\n`);
      const { validationLoss, trainLoss, status } = line;
      print(onTerminal(oneLine(`${name}, ${valuesText(values)}, seed ${seed}: ${figure(validationLoss ?? trainLoss)}, ${status.replaceAll('_', ' ')}`)));
    }
    return true;
  } finally {
    await session.close();
  }
}

function lineOf(
  of: Pick<SweepLine, 'sweep' | 'run' | 'values' | 'seed'>,
  { status, history, train, validation, milliseconds }: RunResult,
  validations: [number, number][],
  hopeless: boolean,
): SweepLine {
  return {
    ...of,
    status: hopeless ? 'hopeless' : status,
    steps: history.steps.length,
    trainLoss: train.loss,
    ...(train.accuracy === undefined ? {} : { trainAccuracy: train.accuracy }),
    ...(validation ? { validationLoss: validation.loss } : {}),
    ...(validation?.accuracy === undefined ? {} : { validationAccuracy: validation.accuracy }),
    seconds: Math.round(milliseconds) / 1000,
    validations,
  };
}

function show(path: string, lines: readonly SweepLine[], runs: readonly SweepRun[], { report }: SweepFlags, out: string): void {
  if (lines.length === 0) return;
  print(`\n${table(sweepRows(lines))}\n\n${lines.length} of ${runs.length} runs: ${out}`);
  if (!report) return;
  const dom = parseHTML('<!doctype html><html><body></body></html>').document as unknown as Document;
  writeText(report, sweepReport(runs[0]!.document.name ?? path, lines, dom));
  print(`Report: ${report}`);
}
