import { randomUUID } from 'node:crypto';

/** Vitest's global setup of tests/page: gives the run a name, which the processes of its files inherit. */
export function setup(): void {
  process.env.FATHOM_TEST_RUN = randomUUID();
}
