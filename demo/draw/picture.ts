// What the drawings are drawn from: the runs and how they are looked at.
import type { Translate } from '../i18n.ts';
import type { TheoryMessage } from '../protocol.ts';
import type { Run } from '../run.ts';
import type { Settings } from '../settings.ts';

/** What the hand on the theory line adds to the pictures. */
export interface Hand {
  /** What it holds: log10 of each layer's gradient over the last one's; null at rest. */
  live: readonly number[] | null;
  /** Where two networks in three of this width are. */
  band: { low: readonly number[]; high: readonly number[] } | null;
  /** The factors between which it can turn. */
  stops: { low: number; high: number };
  /** Whether something holds the factor fast. */
  locked: boolean;
  /** Fraction of the measured line that is drawn, from the surface on. */
  shown: number;
  /** The numerals of Why? in the profile: on a row, or on the ruler. */
  notes: readonly { numeral: string; ring: boolean; at: number; row: number | null }[];
  words: { per_layer: string; forecast: string; band: string; two_in_three: string };
}

export interface Picture {
  /** The run in progress; null before its first message. */
  run: Run | null;
  /** What the theory says of it, or before it is there of the network that is being built. */
  theory: TheoryMessage | null;
  /** The frozen run of a comparison. */
  before: Run | null;
  /** Names of the rows, where they are those of a file. */
  names?: readonly string[];
  /** Hidden layers that the depth axis shows. */
  depth: number;
  /** Experiments that stay in sight as thin lines: log10 of each layer's gradient over the last one's, from layer 1 on. */
  lines: readonly { name: string; values: readonly number[] }[];
  /** The hand, once it is there. */
  hand: Hand | null;
  /** Where the gradient of layer 1 is wanted, as log10, and the words for it. */
  target: { low: number; high: number; words: string } | null;
  scale: 'relative' | 'absolute';
  /** The layer pointed at or open, from 0 at the input. */
  layer: number | null;
  shortcuts: Settings['shortcuts'];
  batchNorm: boolean;
  /** Whether the strip shows GPU times in the place of idle units. */
  profiling: boolean;
  dark: boolean;
  t: Translate;
}
