// Long work in parts: each submit holds what a device does in a quarter of a second, and waits for the one before it. Loaded when work is long. A dispatch is
// never split: one that takes longer is a submit by itself, and where the device is lost in it, the error says so.
import { DeviceError } from '../errors.ts';
import type { WorkOrder } from './work.ts';

/** Submits pieces of a work in their order, as many at a time as are enough; resolves with what the last submit brings. */
export async function submitParts<Piece, Result>(
  all: readonly Piece[],
  order: WorkOrder,
  workOf: (piece: Piece) => number,
  submit: (part: Piece[], work: number, last: boolean) => Promise<Result>,
  done: () => Promise<void>,
): Promise<Result> {
  let result!: Result;
  for (let at = 0; at < all.length; ) {
    const part = [all[at++]!];
    let work = workOf(part[0]!);
    while (at < all.length && !order.fills(work + workOf(all[at]!))) {
      work += workOf(all[at]!);
      part.push(all[at++]!);
    }
    const begun = performance.now();
    try {
      result = await submit(part, work, at === all.length);
      await done();
    } catch (error) {
      throw part.length === 1 && order.exceeds(work) ? ofOneDispatch(error, work) : error;
    }
    order.measured(work, performance.now() - begun);
  }
  return result;
}

/** The loss of the device in a dispatch that may have taken too long for its driver; any other error as it is. */
function ofOneDispatch(error: unknown, work: number): unknown {
  if (!(error instanceof DeviceError) || error.reason !== 'lost') return error;
  const long = `it was lost in one dispatch of ${work} multiply-adds, which cannot be split and may take longer than the driver lets it (Windows: about 2 s)`;
  return new DeviceError('lost', `${error.message} (${long}: use a smaller batch or smaller tensors)`, { cause: error });
}
