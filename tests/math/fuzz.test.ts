// Files that are damaged, or made to do harm: what comes of reading one is a right result or an error of ours that names the place, in bounded time and
// memory. `npm run fuzz -- --cases 10000` tries more; what failed there is a case in tests/fuzz.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../fuzz/format.ts';
import { FORMATS } from '../fuzz/index.ts';

describe.each(Object.entries(FORMATS))('%s', (_name, format) => {
  test('300 cases', async () => {
    const outcomes = new Set<string>();
    const property = fc.asyncProperty(format.cases, async (input) => void outcomes.add(await outcomeOf(format, input)));
    await fc.assert(property, { numRuns: 300, seed: 26, endOnFailure: true });
    // Some are still right, and most are not.
    expect(outcomes).toContain('read');
  });

  test.runIf(format.found)('what once failed is refused', async () => {
    for (const input of format.found!) expect(await outcomeOf(format, input)).toBe('refused');
  });
});
