// Data made from a formula and a seed. A generator's line in ALL makes it known.
import { requireName } from '../../errors.ts';
import type { Dataset } from '../dataset.ts';
import { blobs } from './blobs.ts';
import { circles } from './circles.ts';
import { drawnDigits } from './drawn_digits.ts';
import { gaussianBumps } from './gaussian_bumps.ts';
import type { Generator } from './generator.ts';
import { line } from './line.ts';
import { moons } from './moons.ts';
import { plane } from './plane.ts';
import { sine } from './sine.ts';
import { sumOfSquares } from './sum_of_squares.ts';
import { twoSpirals } from './two_spirals.ts';
import { xor } from './xor.ts';

export type { Generator, GeneratorParam } from './generator.ts';

const ALL = [twoSpirals, circles, moons, blobs, xor, plane, gaussianBumps, sine, sumOfSquares, line, drawnDigits] as const;

/** The names of the generators. */
export type GeneratorName = (typeof ALL)[number]['name'];

// @__NO_SIDE_EFFECTS__
function byName(generators: readonly Generator[]): object {
  return Object.fromEntries(generators.map((generator) => [generator.name, generator]));
}

/** The generators by name. */
export const GENERATORS = /* @__PURE__ */ byName(ALL) as {
  readonly [Name in GeneratorName]: Generator<Name>;
};

export const GENERATOR_NAMES = /* @__PURE__ */ Object.keys(GENERATORS) as readonly GeneratorName[];

/**
 * Makes a data set from the name of a generator, its params and a seed.
 *
 * @param params - Numbers that the generator takes; those left out have their defaults.
 * @param seed - The same params and seed give the same bits; 0 by default.
 * @param name - One of `GENERATORS`: `two_spirals`, `xor`, ...
 * @returns The data set.
 * @throws UsageError for a name or a param that does not exist, and for values out of a param's range.
 * @example
 * generate('two_spirals', { noise: 0.1 }, 7);
 */
export function generate(name: string, params: Readonly<Record<string, number>> = {}, seed = 0): Dataset {
  requireName('generate: name', name, GENERATOR_NAMES);
  return GENERATORS[name].generate(params, seed);
}
