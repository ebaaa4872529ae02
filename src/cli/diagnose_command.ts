// `fathom diagnose` and `fathom treat`: what is wrong, and what helps.

import { UsageError } from '../errors.ts';
import type { Admission } from '../experiment/admit.ts';
import { trialsJson } from '../experiment/diagnosis_json.ts';
import { toJson } from '../experiment/json.ts';
import { type Comparison, toldLoss } from '../experiment/judge.ts';
import type { LogSource } from '../experiment/logs/log_source.ts';
import { isLogTable } from '../experiment/logs/log_table.ts';
import { aboutRemedy } from '../experiment/remedies/index.ts';
import { trialRows } from '../experiment/report.ts';
import { type RemedyTrials, tryRemedies } from '../experiment/try_remedies.ts';
import { diagnose } from '../inspect/diagnose/index.ts';
import { diagnoseLog, knownRules, type LogFlags, printDiagnosis, statusOf } from './diagnose_log.ts';
import { documentFlagsIn, isTablePath, refuseDocumentFlags } from './document_flags.ts';
import { movedTo, readModelFile, requireFolder, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { loadGiven } from './given.ts';
import { logAt } from './log_file.ts';
import { loadRules } from './own_rules.ts';
import { columns, note, oneLine, painted, print } from './print.ts';
import { checkReportName, writeReport } from './report_file.ts';
import { findingsText, onTerminal, scoresText } from './result_text.ts';
import { neverBegan, runWatched } from './run_command.ts';
import { Session, type Where } from './session.ts';
import { table } from './table.ts';

export interface DiagnoseFlags extends Where, LogFlags {
  /** `diagnose` only: a module with rules of one's own. */
  rules?: string;
  /** Of `diagnose`; `treat` refuses it: a saved model whose weights the run begins with. */
  weights?: string;
  seed?: number;
  /** `treat` only: where to write the best fixed document, and how many remedies to try. */
  out?: string;
  max?: number;
  /** Flags of document_flags.ts, for a run without a document. */
  [flag: string]: unknown;
}

/** What `treat` does with such a run. */
const NEW_WEIGHTS = '`fathom treat` begins with new weights, as the document describes them: where it finds nothing wrong, these weights are the cause.';

/** Flags that say how a log is read. */
const LOG_ONLY = ['map', 'run', 'classes', 'baselineLoss', 'watch'] as const;

/** Findings of a log or of an experiment's run; the exit status says whether there are any. */
export async function diagnoseCommand(path: string | undefined, flags: DiagnoseFlags): Promise<number> {
  checkReportName(flags.report);
  const options = flags.rules === undefined ? {} : { more: await loadRules(flags.rules) };
  const log = path === undefined ? undefined : logGiven(path, flags);
  if (log && flags.weights) throw new UsageError(`--weights: a run begins with them, and ${path} is the log of one that has been`);
  if (log) return await diagnoseLog(log, flags, options);
  for (const name of LOG_ONLY)
    if (flags[name] !== undefined)
      throw new UsageError(
        `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is for logs, and ${path ?? 'what the flags describe'} is none${path === undefined ? '' : ': a log has numbers beside the word loss, a column of that name, or --map says which is it'}`,
      );
  const known = knownRules(flags.baseline);
  const weights = flags.weights === undefined ? undefined : readModelFile(flags.weights);
  const loaded = await loadGiven(path, flags);
  const session = await Session.open(flags);
  try {
    const result = await runWatched(session, loaded, loaded.name, undefined, weights ? { weights } : {});
    if (neverBegan(result)) return EXIT.interrupted;
    const diagnosis = diagnose(result.history, options);
    const { format = 'text' } = flags;
    if (format === 'text') print(`${oneLine(loaded.name)}, ${session.adapter.description}\n\n${scoresText(result)}\n`);
    printDiagnosis(diagnosis, { path: path ?? loaded.name, steps: result.history.steps.length, foreign: false, known, format });
    if (weights && format === 'text' && diagnosis.findings.some(({ severity }) => severity !== 'note')) print(`\n${onTerminal(NEW_WEIGHTS)}`);
    if (flags.report) writeReport(flags.report, { title: loaded.name, history: result.history, result, diagnosis });
    return result.status === 'aborted' ? EXIT.interrupted : statusOf(diagnosis, known, flags.failOn);
  } finally {
    await session.close();
  }
}

/** The log at a path. A table is none that flags describe a run on, nor one whose columns have no loss: it is trained on. */
function logGiven(path: string, flags: DiagnoseFlags): LogSource | undefined {
  const log = logAt(path);
  const described = documentFlagsIn(flags);
  if (log && isTablePath(path) && flags.map === undefined && (Object.keys(described).length > 0 || !isLogTable(log))) return undefined;
  if (log) refuseDocumentFlags(described, path);
  return log;
}

/** Runs, diagnoses, tries remedies and prints the table of before and after. Status 1 where something was found, as `diagnose`. */
export async function treatCommand(path: string | undefined, flags: DiagnoseFlags): Promise<number> {
  if (flags.weights !== undefined)
    throw new UsageError(
      '--weights: remedies change initial weights and layers, so treat begins with new weights each time. `fathom diagnose --weights` says what is wrong with a run from these; treat without them finds nothing wrong where they are the cause',
    );
  checkReportName(flags.report);
  requireFolder(flags.out);
  const loaded = await loadGiven(path, flags);
  const session = await Session.open(flags);
  try {
    const tried = await tryRemedies(loaded.document, {
      run: (document, label) => runWatched(session, { ...loaded, document }, label),
      ...(flags.max === undefined ? {} : { max: flags.max }),
    });
    const { admission, before, trials, best } = tried;
    if (neverBegan(before.result)) return EXIT.interrupted;
    if (flags.format === 'json') printJson(trialsJson(tried));
    else printTrials(tried, `${oneLine(loaded.name)}, ${session.adapter.description}`);
    const fixed = (best ?? admission)?.proposal.document;
    if (flags.out && fixed) {
      writeText(flags.out, `${toJson(movedTo(fixed, loaded.folder, flags.out), 2)}\n`);
      if (flags.format !== 'json') print(`The fixed document: ${flags.out}`);
    }
    if (flags.out && !fixed) note(`${flags.out} is not written: ${trials.length > 0 ? 'nothing helped' : 'nothing was tried'}.`);
    if (flags.report) writeReport(flags.report, { title: loaded.name, history: before.result.history, result: before.result, tried });
    const aborted = [before, ...trials].some(({ result }) => result.status === 'aborted');
    if (aborted) return EXIT.interrupted;
    return admission ? EXIT.findings : statusOf(before);
  } finally {
    await session.close();
  }
}

const printJson = (value: object): void => print(toJson(value, 2));

function printTrials(tried: RemedyTrials, title: string): void {
  const { admission, before, trials, best, whyNone } = tried;
  print(`${title}\n`);
  if (admission) print(onTerminal(admissionText(admission, before.comparison)), '\n');
  print(...findingsText(before, before.result.history.steps.length));
  if (trials.length === 0) {
    // A healthy run has been called so above.
    if (before.findings.length > 0)
      print(`\n${onTerminal(`Nothing was tried: ${whyNone ?? 'what was found is no more than a note, or has no remedy here.'}`)}`);
    return;
  }
  const [heading, ...rows] = trialRows(tried);
  const loss = heading![3]!;
  print('\n', painted('quiet', onTerminal(trialsText(loss))), `\n${table([TRIAL_HEADING(loss), ...rows], columns())}\n`);
  // What a remedy costs is told once, however often it was tried.
  const told = new Set<string>();
  for (const { remedy, proposal } of trials) {
    const fresh = remedy.split(' + ').filter((each) => !told.has(each) && told.add(each));
    print(onTerminal(`${remedy}: ${proposal.why}${fresh.length > 0 ? ` (${aboutRemedy(fresh.join(' + '))})` : ''}`));
  }
  if (best) print(`\n${onTerminal(`Best: ${best.remedy}: ${best.because}.`)}`);
  else
    print(`\n${onTerminal(`None helped. ${whyNone ? `${whyNone} ` : ''}Tried: ${trials.map(({ remedy, verdict }) => `${remedy} (${verdict})`).join(', ')}.`)}`);
}

/** What is refused, and with what it runs and how well. */
function admissionText({ refused, remedy, proposal, changes }: Admission, comparison: Comparison | undefined): string {
  const figures = comparison ? ` Loss ${toldLoss(comparison, comparison.loss)}, knowing nothing ${toldLoss(comparison, comparison.baselineLoss)}.` : '';
  return `Refused as it is: ${refused}\n${remedy}: ${proposal.why} With it the document runs (${changes.join('; ')}).${figures} What follows is of that run.`;
}

/** What the columns of remedies are, in few letters. */
const TRIAL_HEADING = (loss: string): string[] => ['', 'first', 'last', loss, 'accuracy', 'ms', 'verdict'];
const trialsText = (loss: string): string =>
  `first, last: delta of layer 1 over that of the last hidden one, at the first and the last step; ${loss}: of the model that is kept, on validation rows where there are any; accuracy: of the validation; ms: per step`;
