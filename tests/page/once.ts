// What several files of tests/page need and none of them changes is built by the first: they run one after another, each in a process of its own.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Builds `name`, unless this run of vitest has built it; a program that runs outside vitest builds it always. */
export async function once(name: string, build: () => unknown): Promise<void> {
  const mark = join(import.meta.dirname, '../.out', `${name}.built`);
  const run = process.env.FATHOM_TEST_RUN;
  if (run && existsSync(mark) && readFileSync(mark, 'utf8') === run) return;
  await build();
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, run ?? '');
}
