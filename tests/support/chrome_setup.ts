import { ensureChrome } from '../../src/cli/chrome.ts';

/** Vitest's global setup of the projects that need a Chrome: fetching one may take minutes, so no test's time limit runs meanwhile. */
export async function setup(): Promise<void> {
  await ensureChrome();
}
