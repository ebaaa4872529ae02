// `fathom claims <folder>`: runs every claim's experiments and prints the table of claims, verdicts and measured figures.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { type Claim, hasOldNames, type JudgedClaim, judgeClaim, parseClaim } from '../experiment/claims.ts';
import { markdownTable, markdownText } from '../experiment/markdown.ts';
import { type RunSummary, summaryOf } from '../experiment/run_summary.ts';
import { oldFormatNote } from '../io/formats.ts';
import { readText, within, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { note, type Piece, painted, print } from './print.ts';
import { runWatched } from './run_command.ts';
import { Session, type Where } from './session.ts';

export interface ClaimsFlags extends Where {
  out?: string;
}

/** Status 0 where every verdict stands, 1 where one does not. */
export async function claimsCommand(folder: string, flags: ClaimsFlags): Promise<number> {
  const claims = loadClaims(folder);
  const session = await Session.open(flags);
  try {
    print(`Adapter: ${session.adapter.description}\n`);
    const judged: JudgedClaim[] = [];
    for (const claim of claims) {
      const figures = new Map<string, RunSummary>();
      for (const [name, document] of claim.experiments) {
        const result = await runWatched(session, { document, files: new Map() }, `${judged.length + 1} of ${claims.length}, ${name}`);
        if (result.status === 'aborted') {
          note(`Stopped by Ctrl-C; ${flags.out ? `${flags.out} is not written.` : `${judged.length} of ${claims.length} claims were judged.`}`);
          return EXIT.interrupted;
        }
        figures.set(name, summaryOf(result));
      }
      const verdict = judgeClaim(claim, figures);
      judged.push(verdict);
      print(...claimText(verdict));
    }
    const standing = judged.filter(({ stands }) => stands).length;
    print(`${standing} of ${judged.length} verdicts stand.`);
    if (flags.out) writeText(flags.out, claimsMarkdown(judged, session.adapter.description));
    return standing === judged.length ? EXIT.done : EXIT.findings;
  } finally {
    await session.close();
  }
}

/** The claims of a folder, by the names of their files. */
export function loadClaims(folder: string): Claim[] {
  const files = within(folder, () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort(),
  );
  if (files.length === 0) throw new UsageError(`${folder}: there is no claim (.json) in it`);
  return files.map((name) => {
    const path = join(folder, name);
    const json: unknown = within(path, () => JSON.parse(readText(path)));
    const claim = within(path, () => parseClaim(json));
    if (hasOldNames(json)) note(oldFormatNote(path));
    return claim;
  });
}

function claimText({ claim, lines, stands }: JudgedClaim): Piece[] {
  const measured = lines.flatMap(({ text, met }): Piece[] => ['\n    ', met ? painted('good', 'yes') : painted('severe', 'NO '), `  ${text}`]);
  return [`"${claim.claim}" `, painted('strong', claim.verdict), stands ? '' : painted('severe', ' - BUT NOT HERE'), `: ${claim.because}`, ...measured, '\n'];
}

function claimsMarkdown(judged: readonly JudgedClaim[], adapter: string): string {
  const rows = judged.map(({ claim, lines, stands }) => [
    claim.claim,
    `${claim.verdict}${stands ? '' : ' (not met)'}`,
    claim.because,
    lines.map(({ text }) => text).join('; '),
  ]);
  const table = markdownTable([['claim', 'verdict', 'why', 'measured'], ...rows]);
  return `# The article's claims, measured\n\nAdapter: ${markdownText(adapter)}.\n\n${table}\n`;
}
