// Long work in parts: each submit holds what a device does in a quarter of a second, and waits for the one before it. Loaded when work is long.
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
    result = await submit(part, work, at === all.length);
    await done();
    order.measured(work, performance.now() - begun);
  }
  return result;
}
