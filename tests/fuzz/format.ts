// One format of files under test, and what may come of reading one.
import type fc from 'fast-check';
import { FathomError } from '../../src/errors.ts';

export interface Format<Input = never> {
  readonly cases: fc.Arbitrary<Input>;
  /** Reads one, and uses what was read as its user would; throws an error of Node's `assert` where that is no right result. */
  read(input: Input): unknown;
  /** What each message says of where the fault is. */
  readonly place: RegExp;
  /** What once failed. */
  readonly found?: readonly Input[];
}

/** Types the input once; they are many in a list. */
export const format = <Input>(given: Format<Input>): Format => given as unknown as Format;

const MEGABYTE = 2 ** 20;
export const LIMIT = { seconds: 1, bytes: 200 * MEGABYTE, message: 20_000 };

/** Bytes that a process may grow by in a case: the peak of its memory, where this case made it, and buffers that are left. */
export function memory(): () => number {
  const before = process.memoryUsage();
  const peak = process.resourceUsage().maxRSS * 1024;
  return () => {
    const raised = process.resourceUsage().maxRSS * 1024;
    return Math.max(raised > peak ? raised - before.rss : 0, process.memoryUsage().arrayBuffers - before.arrayBuffers);
  };
}

/** Reads one case: 'read' or 'refused'. Throws for any other outcome, and for one that takes too much time or memory. */
export async function outcomeOf({ read, place }: Format, input: unknown): Promise<'read' | 'refused'> {
  const grown = memory();
  const begin = process.cpuUsage();
  let refusal: unknown;
  try {
    await read(input as never);
  } catch (error) {
    refusal = error ?? new Error('something that is no error');
  }
  const { user, system } = process.cpuUsage(begin);
  const seconds = (user + system) / 1e6;
  if (refusal) {
    if (!(refusal instanceof FathomError)) throw refusal;
    if (!place.test(refusal.message) || refusal.message.length > LIMIT.message)
      throw new Error(`a message that does not name the place, or is too long: ${refusal.name}: ${refusal.message.slice(0, 500)}`, { cause: refusal });
  }
  if ((Object.prototype as { polluted?: unknown }).polluted !== undefined) throw new Error('the prototype of all objects was changed');
  if (seconds > LIMIT.seconds) throw new Error(`it took ${seconds.toFixed(2)} s of the processor`);
  if (grown() > LIMIT.bytes) throw new Error(`it took ${Math.round(grown() / MEGABYTE)} MiB`);
  return refusal ? 'refused' : 'read';
}
