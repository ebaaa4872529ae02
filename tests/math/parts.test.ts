// A work in parts whose device is lost: a dispatch that nobody can split is named.
import { expect, test } from 'vitest';
import { DeviceError } from '../../src/errors.ts';
import { submitParts } from '../../src/gpu/parts.ts';
import type { WorkOrder } from '../../src/gpu/work.ts';

/** Of a slow software adapter: 1e6 multiply-adds in a millisecond. */
const order = { fills: (work: number) => work > 2.5e8, exceeds: (work: number) => work > 5e8, measured: () => undefined } as unknown as WorkOrder;

const submitted = (works: readonly number[], lostAt: number): Promise<number> => {
  let count = 0;
  return submitParts(
    works,
    order,
    (work) => work,
    async (part) => part.length,
    async () => {
      if (++count === lostAt) throw new DeviceError('lost', 'the GPU device was lost');
    },
  );
};

test('a dispatch is never split: where the device is lost in a long one, the error has its size and what helps', async () => {
  // Three parts, then one of 3 s, then the rest.
  const works = [2e8, 2e8, 2e8, 3e9, 1e6, 1e6];
  expect(await submitted(works, 0)).toBe(2);
  await expect(submitted(works, 4)).rejects.toMatchObject({
    name: 'DeviceError',
    reason: 'lost',
    message: expect.stringMatching(
      /^the GPU device was lost \(it was lost in one dispatch of 3000000000 multiply-adds, .*use a smaller batch or smaller tensors\)$/,
    ),
  });
  await expect(submitted(works, 2)).rejects.toThrow(/^the GPU device was lost$/);
});
