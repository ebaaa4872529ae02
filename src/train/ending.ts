// What ends a run early: `stop`, a signal, `destroy`, the loss of the device, a non-finite step. The run then stops waiting, whatever it was waiting for.

export class Ending {
  /** A step was not finite, or the device was lost. The run may recover and continue. */
  halted = false;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  /** True once no further step may be taken. */
  get now(): boolean {
    return this.#ended || this.halted;
  }

  end = (): void => {
    this.#ended = true;
    this.#leave();
  };

  halt = (): void => {
    this.halted = true;
    this.#leave();
  };

  #leave(): void {
    for (const leave of this.#waiting) leave();
    this.#waiting.clear();
  }

  /** What the promise brings, or undefined where the run ends first. Leaves nothing with the promise, which may be waited for many times. */
  wait<Result>(promise: PromiseLike<Result> | Result): Promise<Result | undefined> {
    return new Promise((resolve, reject) => {
      const leave = (): void => resolve(undefined);
      if (this.now) leave();
      this.#waiting.add(leave);
      const settled = (): unknown => this.#waiting.delete(leave);
      Promise.resolve(promise).then(resolve, reject).then(settled);
    });
  }
}
