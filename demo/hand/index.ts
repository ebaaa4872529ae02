// What the page loads once its first network trains: the hand on the theory line, the product, the presets, and Why?
import type { App } from '../app.ts';
import type { Turning } from '../parts/headline.ts';
import type { State } from '../verdict.ts';
import { gloss } from './gloss.ts';
import { handPanel, type Proposal } from './hand.ts';
import { presets } from './presets.ts';
import { whyPanel } from './why.ts';

export interface LateParts extends Turning {
  /** Words, a few times a second. */
  update(): void;
  /** What moves with the pictures. */
  place(): void;
  why(state: State): void;
}

export interface Around {
  hold(proposal: Proposal | null): void;
  mark(gain: number | null): void;
  tour(state: State): void;
}

/** Opens the parts. */
export function lateParts(app: App, { hold, mark, tour }: Around): LateParts {
  const hand = handPanel(app, { hold, mark });
  const choices = presets(app, hand.words);
  const words = gloss(app, hand);
  const why = whyPanel(app, hand, tour);
  return {
    update() {
      hand.update();
      choices();
      why.update();
      words();
    },
    place() {
      hand.place();
      why.draw();
    },
    times() {
      const gain = hand.gainOf(1);
      return gain === null ? null : gain / app.store.state.settings.gain;
    },
    fix: () => void hand.turnTo(1, 'build'),
    why: why.open,
  };
}
