// What makes no sense as an argument, for tests that call every door with it.
import { FathomError } from '../../src/errors.ts';

type Call = (...given: unknown[]) => unknown;

/** What a getter of the caller's own throws reaches the caller. */
const OWN = new Error('a getter of the caller');
const throws = (): never => {
  throw OWN;
};

/** An object that contains itself. */
const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

/** Bytes that were sent to a worker, so that they are here no more. */
const detached = new Uint8Array(8);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

/** An object of a class, as an engine is, has no options. */
class Instance {
  readonly #hidden = 1;
  get hidden(): number {
    return this.#hidden;
  }
}

/** What can be no value of any option or argument, by its name in a report. Before the Promise an `await` was forgotten. */
const NONSENSE: Readonly<Record<string, unknown>> = {
  'a list of holes': new Array(3),
  'a list of symbols': [Symbol('x')],
  'a symbol': Symbol('x'),
  'a Promise': Promise.resolve({}),
  'a Map': new Map([['x', null]]),
  'a Set': new Set([1]),
  'a Date': new Date(0),
  'a RegExp': /x/,
  'an Error': new Error('x'),
  'a DataView': new DataView(new ArrayBuffer(8)),
};

/** What is right in some places, and wrong in most. */
const ODD: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  3: 3,
  0: 0,
  '-1.5': -1.5,
  '2 ** 53': 2 ** 53,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '1n': 1n,
  "''": '',
  "'x'": 'x',
  "'__proto__'": '__proto__',
  true: true,
  '[]': [],
  '[null]': [null],
  '{}': {},
  '{ unknwon }': { unknwon: 1 },
  'an object without prototype': Object.create(null),
  'a list of an object without prototype': [Object.create(null)],
  'a frozen object': Object.freeze({ x: 1 }),
  'an object that contains itself': cyclic,
  'an instance': new Instance(),
  'a proxy that throws': new Proxy({}, { get: throws, has: throws, ownKeys: throws, getOwnPropertyDescriptor: throws, getPrototypeOf: throws }),
  'a function': () => {},
  'a Float32Array': Float32Array.of(1, 2),
  'a BigInt64Array': new BigInt64Array(2),
  'a detached ArrayBuffer': detached.buffer,
  'a detached Uint8Array': detached,
};

/** What is wrong with the answer to a call: an error that is none of ours, or says nothing. Undefined where all is well. */
export async function fault(call: () => unknown): Promise<string | undefined> {
  try {
    await call();
  } catch (error) {
    if (error === OWN) return undefined;
    if (!(error instanceof FathomError)) return String(error);
    if (error.message.length < 10) return `no message: ${error.message}`;
  }
  return undefined;
}

/**
 * Calls a function with everything that is wrong in the place of each of its right arguments, and tells what came of it where that is no error of ours. With
 * `takesAll` the same of each option, and nonsense must be refused but in the places that it names.
 */
export async function faultsOf(name: string, call: Call, right: readonly unknown[], takesAll?: RegExp): Promise<string[]> {
  const faults: string[] = [];
  const look = async (where: string, given: (wrong: unknown) => unknown[]): Promise<void> => {
    for (const [said, wrong] of Object.entries({ ...ODD, ...NONSENSE })) {
      let taken = false;
      const found = await fault(async () => {
        await call(...given(wrong));
        taken = true;
      });
      if (found) faults.push(`${where}, ${said}: ${found}`);
      else if (taken && said in NONSENSE && takesAll && !takesAll.test(where)) faults.push(`${where}, ${said}: taken without a word`);
    }
  };
  for (let place = 0; place < right.length; place++) {
    const where = `${name}, argument ${place + 1}`;
    await look(where, (wrong) => right.with(place, wrong));
    if (!takesAll) continue;
    for (const key of await optionsOf(call, right, place))
      await look(`${where}, ${key}`, (wrong) => right.with(place, { ...(right[place] as object), [key]: wrong }));
  }
  return faults;
}

/** The options that an argument has: those that the error for what is no object names, and those of the right one. Functions in it are of ours. */
async function optionsOf(call: Call, right: readonly unknown[], place: number): Promise<readonly string[]> {
  const given = right[place];
  const own = Object.prototype.toString.call(given) === '[object Object]' ? Object.entries(given as object) : [];
  const keys = own.flatMap(([key, value]) => (typeof value === 'function' ? [] : [key]));
  try {
    await call(...right.with(place, 3));
  } catch (error) {
    const named = /expected options \((.+?)\), got 3$/.exec((error as Error).message)?.[1];
    if (named) return [...new Set([...named.split(', '), ...keys])];
  }
  return keys.length < 10 ? keys : [];
}
