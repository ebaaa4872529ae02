// `fathom diagnose` and `fathom treat`: what is wrong, and what helps.

import { isOldHistory } from '../experiment/history_schema.ts';
import { toJson } from '../experiment/json.ts';
import { isLog, readLog } from '../experiment/logs/index.ts';
import { trialRows } from '../experiment/report.ts';
import { examine, tryRemedies } from '../experiment/try_remedies.ts';
import { diagnose, type Finding } from '../inspect/diagnose/index.ts';
import { oldFormatNote } from '../io/formats.ts';
import { loadDocument, readText, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { note, print } from './print.ts';
import { checkReportName, writeReport } from './report_file.ts';
import { findingsText, scoresText } from './result_text.ts';
import { runWatched, withSeed } from './run_command.ts';
import { Session, type WantedAdapter } from './session.ts';
import { table } from './table.ts';

export interface DiagnoseFlags {
  report?: string;
  seed?: number;
  adapter: WantedAdapter;
  /** `treat` only: where to write the best fixed document, and how many remedies to try. */
  out?: string;
  max?: number;
}

/** Findings of a history (.jsonl) or of an experiment's run; the exit status says whether there are any. */
export async function diagnoseCommand(path: string, flags: DiagnoseFlags): Promise<number> {
  checkReportName(flags.report);
  if (isLog(path)) {
    const text = readText(path);
    const history = readLog(path, text);
    if (isOldHistory(text)) note(oldFormatNote(path));
    const findings = diagnose(history);
    print(findingsText(findings, history.steps.length));
    if (flags.report) writeReport(flags.report, { title: path, history });
    return statusOf(findings);
  }
  const loaded = withSeed(loadDocument(path), flags.seed);
  const session = await Session.open(flags.adapter);
  try {
    const { result, findings } = await examine(loaded.document, (document) => runWatched(session, { ...loaded, document }, loaded.name));
    print(`${loaded.name}, ${session.adapter.description}\n\n${scoresText(result)}\n\n${findingsText(findings, result.history.steps.length)}`);
    if (flags.report) writeReport(flags.report, { title: loaded.name, history: result.history, result });
    return result.status === 'aborted' ? EXIT.interrupted : statusOf(findings);
  } finally {
    await session.close();
  }
}

/** Runs, diagnoses, tries remedies and prints the table of before and after. Status 1 where something was found, as `diagnose`. */
export async function treatCommand(path: string, flags: DiagnoseFlags): Promise<number> {
  checkReportName(flags.report);
  const loaded = withSeed(loadDocument(path), flags.seed);
  const session = await Session.open(flags.adapter);
  try {
    const tried = await tryRemedies(loaded.document, {
      run: (document, label) => runWatched(session, { ...loaded, document }, label),
      ...(flags.max === undefined ? {} : { max: flags.max }),
    });
    const { before, trials, best } = tried;
    print(`${loaded.name}, ${session.adapter.description}\n\n${findingsText(before.findings, before.result.history.steps.length)}`);
    if (trials.length > 0) {
      print(`\n${table(trialRows(tried))}\n`);
      for (const { remedy, proposal } of trials) print(`${remedy}: ${proposal.why}`);
      print(best ? `\nBest: ${best.remedy}.` : '\nNone of these helped entirely.');
    }
    if (flags.out && best) {
      writeText(flags.out, `${toJson(best.proposal.document, 2)}\n`);
      print(`The fixed document: ${flags.out}`);
    }
    if (flags.report) writeReport(flags.report, { title: loaded.name, history: before.result.history, result: before.result, tried });
    const aborted = [before, ...trials].some(({ result }) => result.status === 'aborted');
    return aborted ? EXIT.interrupted : statusOf(before.findings);
  } finally {
    await session.close();
  }
}

/** Notes are no illness. */
const statusOf = (findings: readonly Finding[]): number => (findings.some(({ severity }) => severity !== 'note') ? EXIT.findings : EXIT.done);
