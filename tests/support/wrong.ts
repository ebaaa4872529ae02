// What makes no sense as an argument, for tests that call every door with it.
import { FathomError } from '../../src/errors.ts';

export const WRONG: readonly unknown[] = [
  undefined,
  null,
  3,
  -1.5,
  'x',
  [],
  [null],
  {},
  { unknwon: 1 },
  Number.NaN,
  true,
  () => {},
  Float32Array.of(1, 2),
  new BigInt64Array(2),
  new Map([['x', null]]),
];

/** What is wrong with the answer to a call: an error that is none of ours, or says nothing. Undefined where all is well. */
export async function fault(call: () => unknown): Promise<string | undefined> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof FathomError)) return String(error);
    if (error.message.length < 10) return `no message: ${error.message}`;
  }
  return undefined;
}

function asText(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (ArrayBuffer.isView(value)) return value.constructor.name;
  return value instanceof Map ? 'a Map' : typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'undefined');
}

/** Calls a function with everything that is wrong in the place of each of its right arguments, and tells what came of it where that is no error of ours. */
export async function faultsOf(name: string, call: (...given: unknown[]) => unknown, right: readonly unknown[]): Promise<string[]> {
  const faults: string[] = [];
  for (let place = 0; place < right.length; place++)
    for (const wrong of WRONG) {
      const found = await fault(() => call(...right.with(place, wrong)));
      if (found) faults.push(`${name}, argument ${place + 1}, ${asText(wrong)}: ${found}`);
    }
  return faults;
}
