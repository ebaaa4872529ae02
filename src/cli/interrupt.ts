// What Ctrl-C and other signals do: the run in progress may end in order first, and Chrome ends with the tool.
import { endAllChromes } from './chrome_process.ts';
import { EXIT } from './exit.ts';
import { note } from './print.ts';

/** npm passes Ctrl-C on to a process that has had it from the terminal: two within this many milliseconds count as one. */
const SAME_MS = 300;

let inOrder: (() => void) | undefined;
let begun = false;
let left = false;

/** What is said where Ctrl-C came before there was anything to keep. */
export const STOPPED_EARLY = 'Stopped by Ctrl-C before it began; nothing was written.';

/** True once the program ends for a signal: what fails from then on needs no words. */
export const leaving = (): boolean => left;

/** Lets the next Ctrl-C do `work` instead of ending the program; the one after it ends the program. Returns what takes that back. */
export function onInterrupt(work: () => void): () => void {
  inOrder = work;
  begun = true;
  return () => {
    if (inOrder === work) inOrder = undefined;
  };
}

/** From now on signals end the program only after its Chrome. */
export function handleSignals(): void {
  let same: NodeJS.Timeout | undefined;
  process.on('SIGINT', () => {
    const another = same === undefined;
    clearTimeout(same);
    // Where the program was busy meanwhile, what has come by then is handled before the immediate.
    const mine = setTimeout(() => {
      setImmediate(() => {
        if (same === mine) same = undefined;
      });
    }, SAME_MS);
    same = mine;
    mine.unref();
    if (!another) return;
    const work = inOrder;
    inOrder = undefined;
    if (work) {
      work();
      return;
    }
    if (!begun) note(STOPPED_EARLY);
    void leave(EXIT.interrupted);
  });
  // As shells count them: 128 and the number of the signal.
  process.on('SIGTERM', () => void leave(143));
  process.on('SIGHUP', () => void leave(129));
}

async function leave(status: number): Promise<void> {
  left = true;
  await endAllChromes();
  process.exit(status);
}
