// What is done every so often: names with a least time between two.

export class Pace<Name extends string> {
  private readonly min: Readonly<Record<Name, number>>;
  private readonly next = new Map<Name, number>();

  /** `least` milliseconds between two of each; all are due at once. */
  constructor(min: Readonly<Record<Name, number>>) {
    this.min = min;
  }

  /** Whether it is time, or `anyway`; then the time to the next begins. */
  due(name: Name, anyway = false): boolean {
    if (!anyway && performance.now() < (this.next.get(name) ?? 0)) return false;
    this.done(name);
    return true;
  }

  /** Starts the time to the next, which may have to be longer because it was costly. */
  done(name: Name, pause = 0): void {
    this.next.set(name, performance.now() + Math.max(this.min[name], pause));
  }
}
