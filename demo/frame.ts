// When to draw: at most thirty times a second, only when something asked for it, all of it in one animation frame.

/** Least milliseconds between two drawings, and with reduced motion. */
const PICTURES = 33;
const CALM = 1000;
/** Least milliseconds between two changes of the numbers in words. */
const WORDS = 250;

/** Draws pictures and words when they are asked for, each at its own pace. */
export class Frame {
  /** Frames per second that the browser gave lately. */
  rate = 0;
  /** Milliseconds that drawing one of them took, on average. */
  work = 0;
  private readonly pictures: () => void;
  private readonly words: () => void;
  private readonly calm: MediaQueryList = matchMedia('(prefers-reduced-motion: reduce)');
  private wanted = false;
  private asleep = true;
  private drawn = 0;
  private written = 0;
  private last = 0;

  constructor(pictures: () => void, words: () => void) {
    this.pictures = pictures;
    this.words = words;
  }

  /** Asks for a drawing. `now` passes over the pause of reduced motion: the visitor did something. */
  request(now = false): void {
    this.wanted = true;
    if (now) this.drawn = this.written = 0;
    if (!this.asleep) return;
    this.asleep = false;
    this.last = 0;
    requestAnimationFrame(this.tick);
  }

  /** Asks for the pictures in the very next frame, without the words: something is moved by hand. */
  hurry(): void {
    this.wanted = true;
    this.drawn = 0;
    if (!this.asleep) return;
    this.asleep = false;
    this.last = 0;
    requestAnimationFrame(this.tick);
  }

  private readonly tick = (time: number): void => {
    if (this.last) this.rate += (1000 / Math.max(1, time - this.last) - this.rate) * 0.1;
    this.last = time;
    const pause = this.calm.matches ? CALM : PICTURES;
    try {
      if (this.wanted && time - this.drawn >= pause - 4) this.draw(time);
    } finally {
      // A drawing that fails is reported, and the next one is tried all the same.
      if (this.wanted || time - this.drawn < 1000) requestAnimationFrame(this.tick);
      else this.asleep = true;
    }
  };

  private draw(time: number): void {
    const began = performance.now();
    this.wanted = false;
    this.drawn = time;
    this.pictures();
    if (time - this.written >= WORDS) {
      this.written = time;
      this.words();
    } else setTimeout(() => this.request(), WORDS);
    this.work += (performance.now() - began - this.work) * 0.1;
  }
}
