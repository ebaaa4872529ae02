// `fathom noise`: how much of a gradient is noise of its batch, and what more rows would win.
import { toJson } from '../experiment/json.ts';
import type { NoiseLook } from '../experiment/noise_over_run.ts';
import { figure } from '../format.ts';
import type { RunEvent } from './api.ts';
import { EXIT } from './exit.ts';
import { loadGiven } from './given.ts';
import { columns, note, oneLine, painted, print } from './print.ts';
import { onTerminal } from './result_text.ts';
import type { Where } from './session.ts';
import { stoppable } from './stoppable.ts';
import { table } from './table.ts';

export interface NoiseFlags extends Where {
  /** What is printed: text for people, or JSON for programs. */
  format?: 'text' | 'json';
  seed?: number;
  /** Batches that are compared at each look. */
  batches?: number;
  /** Flags of document_flags.ts, for an experiment without a document. */
  [flag: string]: unknown;
}

/** Trains a copy and prints the noise along the run. Noise is no fault: the status is 0. */
export async function noiseCommand(path: string | undefined, flags: NoiseFlags): Promise<number> {
  const loaded = await loadGiven(path, flags);
  return stoppable(flags, async (session) => {
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'noise') note(`${oneLine(loaded.name)}: after ${event.look.step} steps the noise scale is ${figure(event.look.noiseScale)} rows`);
    };
    const { batches } = flags;
    const found = await session.noise(loaded.document, loaded.files, onEvent, batches === undefined ? {} : { batches });
    if (flags.format === 'json') print(toJson(found, 2));
    else {
      print(`${oneLine(loaded.name)}, ${session.adapter.description}\n`);
      print(noiseTable(found.measured));
      print('\n', painted('strong', onTerminal(found.message)));
    }
    return EXIT.done;
  });
}

/** A row per look. */
export const noiseTable = (looks: readonly NoiseLook[]): string =>
  table(
    [
      ['step', 'gradient', 'noise of a batch', 'signal to noise', 'noise scale (rows)'],
      ...looks.map(({ step, gradientNorm, noise, signalToNoise, noiseScale }) => [
        String(step),
        ...[gradientNorm, noise, signalToNoise, noiseScale].map((value) => figure(value)),
      ]),
    ],
    columns(),
  );
