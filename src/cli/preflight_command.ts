// `fathom preflight`: what can be told of an experiment before it is trained.
import { toJson } from '../experiment/json.ts';
import { PREFLIGHT_TEXTS, type Preflight, type PreflightCheck, type PreflightProgress } from '../experiment/preflight/index.ts';
import { preflightJson } from '../experiment/preflight/preflight_json.ts';
import { figure } from '../format.ts';
import type { RunEvent } from './api.ts';
import { EXIT } from './exit.ts';
import { loadGiven } from './given.ts';
import { type Look, note, oneLine, type Piece, painted, print } from './print.ts';
import { onTerminal } from './result_text.ts';
import type { Where } from './session.ts';
import { stoppable } from './stoppable.ts';

export interface PreflightFlags extends Where {
  /** What is printed: text for people, or JSON for programs. */
  format?: 'text' | 'json';
  seed?: number;
  /** How long sixteen rows may take to be learned. */
  seconds?: number;
  /** Flags of document_flags.ts, for an experiment without a document. */
  [flag: string]: unknown;
}

/** What is different the second and the third time. */
const WITH: Readonly<Record<PreflightProgress['with'], string>> = { own: '', 'no augmentation': ' without augmentation', adam: ' with Adam' };

/** Milliseconds between two lines of progress. */
const LINE_EVERY = 5000;

/** Prints each check and what came of it; status 1 where one failed. */
export async function preflightCommand(path: string | undefined, flags: PreflightFlags): Promise<number> {
  const loaded = await loadGiven(path, flags);
  return stoppable(flags, async (session) => {
    const text = flags.format !== 'json';
    if (text) print(`${oneLine(loaded.name)}, ${session.adapter.description}\n`);
    let said = Date.now();
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'check' && text) print(...checkText(event.check));
      if (event.type === 'learning' && Date.now() - said > LINE_EVERY) {
        said = Date.now();
        const { with: by, step, steps, loss } = event.progress;
        note(`${oneLine(loaded.name)}: learning sixteen rows${WITH[by]}, step ${step} of ${steps} at most, loss ${figure(loss)}`);
      }
    };
    const found = await session.preflight(loaded.document, loaded.files, onEvent, flags.seconds === undefined ? {} : { seconds: flags.seconds });
    print(text ? `\n${endText(found)}` : toJson(preflightJson(found), 2));
    return found.checks.some(({ outcome }) => outcome === 'fail') ? EXIT.findings : EXIT.done;
  });
}

/** A check's mark and how it looks. */
const MARKS: Readonly<Record<PreflightCheck['outcome'], { mark: string; look: Look }>> = {
  pass: { mark: '✓', look: 'good' },
  fail: { mark: '✖', look: 'severe' },
  unknown: { mark: '?', look: 'quiet' },
};

/** A check as a line: its mark, its title, its sentence, and what to try. */
export function checkText({ name, outcome, sentence, remedies = [] }: PreflightCheck): Piece[] {
  const { mark, look } = MARKS[outcome];
  const tried = remedies.length > 0 ? ` To try: ${remedies.join(', ')}.` : '';
  return [painted(look, mark), ' ', painted('strong', PREFLIGHT_TEXTS[name].en.title.padEnd(16)), oneLine(sentence), painted('quiet', tried)];
}

function endText({ checks, seconds }: Preflight): string {
  const count = (outcome: PreflightCheck['outcome']): number => checks.filter((check) => check.outcome === outcome).length;
  const [failing, open] = [count('fail'), count('unknown')];
  const result =
    failing > 0
      ? `${failing} of ${checks.length} checks failed`
      : open > 0
        ? `Nothing found, ${open} of ${checks.length} checks could not be told`
        : 'All checks passed';
  const next = failing > 0 ? ' `fathom treat` tries what could help, and says what does.' : '';
  return onTerminal(`${result}, in ${seconds.toFixed(1)} s. Nothing was trained but copies.${next}`);
}
