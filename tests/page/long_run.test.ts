// Many steps in Node: no GPU object is made on the way, and the heap and the process stay as large as they were. `npm run test:all` takes 20,000, npm test 600.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ALL } from '../support/quick.ts';

const STEPS = ALL ? 10_000 : 300;
const root = new URL('../..', import.meta.url).pathname;

interface Sizes {
  heap: number;
  resident: number;
  made: number;
}

test(`${2 * STEPS} steps leave GPU objects, heap and process flat`, () => {
  const out = execFileSync(process.execPath, ['--expose-gc', join(root, 'tests/support/run_ts.mjs'), join(root, 'tests/support/long_run.ts'), String(STEPS)], {
    cwd: root,
    encoding: 'utf8',
  });
  const { queued, stepped, loss, since, copied } = JSON.parse(out.trim().split('\n').at(-1)!) as {
    queued: Sizes[];
    stepped: Sizes[];
    loss: number;
    since: number;
    copied: number;
  };
  expect(loss).toBeLessThan(0.7);
  // Nor for the copies that recovery takes.
  expect(copied).toBeGreaterThan(0);
  expect(since).toBe(0);
  const grown = ([before, after]: Sizes[], what: keyof Sizes): number => after![what] - before![what];
  for (const sizes of [queued, stepped]) expect(grown(sizes, 'made')).toBe(0);
  // Steps that are queued leave nothing at all.
  expect(grown(queued, 'heap')).toBeLessThan(500_000);
  expect(grown(queued, 'resident')).toBeLessThan(30_000_000);
  // Of `step` and `fit` the history's columns stay, outside of the heap, and a row per sampled step; nothing else. The collector leaves some.
  expect(grown(stepped, 'heap')).toBeLessThan(STEPS * 100 + 200_000);
});
