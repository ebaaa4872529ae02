// Rows that settings say themselves: how they are made of them comes with the first settings that do.
import type { CsvFile } from './document.ts';
import type { Settings } from './settings.ts';

let made: typeof import('./plane/rows.ts') | undefined;

/** Loads what makes the rows. */
export const rowsLater = (): Promise<unknown> | null =>
  made
    ? null
    : import('./plane/rows.ts').then((module) => {
        made = module;
      });

/** The rows of settings that say them; null for any others, and before they can be made. */
export const ownRows = (settings: Settings): CsvFile | null => made?.rowsOf(settings) ?? null;
