// How much work a submit may hold, and the order of what comes while a long one is submitted in parts: a driver resets a GPU whose task takes too long
// (Windows after two seconds), and nothing may come between the parts of a step.

/** Milliseconds that a submit may take by estimate. */
const MOST_MS = 500;
/** Milliseconds of a part of a longer one. */
const PART_MS = 250;

export class WorkOrder {
  /** Multiply-adds in a millisecond: of a slow software adapter, until something has been measured. */
  #speed = 1e6;
  /** What waits for the end of a long work; undefined where none is being submitted. */
  #waiting: (() => void)[] | undefined;

  /** Whether a long work is being submitted. */
  get long(): boolean {
    return this.#waiting !== undefined;
  }

  /** Whether this much work must be split. */
  exceeds(work: number): boolean {
    return work > MOST_MS * this.#speed;
  }

  /** Whether it is enough for a part. */
  fills(work: number): boolean {
    return work > PART_MS * this.#speed;
  }

  /** Updates the estimate of speed from work and its duration, waiting included, so the device is at least that fast. Too little work says nothing about a slow device. */
  measured(work: number, milliseconds: number): void {
    const speed = work / Math.max(1, milliseconds);
    if (speed > this.#speed) this.#speed = speed;
    else if (this.fills(2 * work)) this.#speed = (this.#speed + speed) / 2;
  }

  /** Does `submit` now, where what it throws is thrown, or once the long work before it has been submitted. */
  inTurn<Result>(submit: () => Promise<Result>): Promise<Result> {
    const waiting = this.#waiting;
    if (!waiting) return submit();
    return new Promise((resolve) => {
      waiting.push(() => resolve(new Promise((settle) => settle(submit()))));
    });
  }

  /** The same for what brings no result. */
  write(submit: () => void): void {
    if (this.long) void this.inTurn(async () => submit());
    else submit();
  }

  /** Does `parts`, which submits piece by piece; all else waits for its end. */
  async inParts<Result>(parts: () => Promise<Result>): Promise<Result> {
    this.#waiting = [];
    try {
      return await parts();
    } finally {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      // One of them may be long, too.
      while (!this.long && waiting.length > 0) waiting.shift()!();
      (this.#waiting as (() => void)[] | undefined)?.push(...waiting);
    }
  }
}
