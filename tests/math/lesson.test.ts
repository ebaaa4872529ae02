// Lessons in addresses, and the cells of the map.
import { expect, test } from 'vitest';
import { questionsOf } from '../../demo/lesson/questions.ts';
import { askedFor, COARSE, cellOf, DEPTHS, GAINS, LEARNS, noCells, ROWS } from '../../demo/map/cells.ts';
import { ASKED, survey } from '../../demo/map/survey.ts';
import { unknownIn } from '../../demo/store.ts';

const one = { question: 'How?', from: 0.3, to: 3, open: ['gain'] };

test('questions are read, and what is none is refused whole', () => {
  expect(questionsOf(JSON.stringify(one))).toEqual([one]);
  expect(questionsOf(JSON.stringify([one, { ...one, hint: 'So.', settings: 'gain=1', more: 1 }]))).toEqual([one, { ...one, hint: 'So.', settings: 'gain=1' }]);
  for (const wrong of [{ ...one, question: ' ' }, { ...one, from: 0 }, { ...one, to: 0.1 }, { ...one, open: ['gains'] }, { ...one, open: 'gain' }, 7, null])
    expect(questionsOf(JSON.stringify([wrong])), JSON.stringify(wrong)).toBeNull();
  for (const text of ['', '[]', '{', 'null']) expect(questionsOf(text), text).toBeNull();
  expect(unknownIn(`gain=1&lesson=${encodeURIComponent(JSON.stringify(one))}`)).toEqual([]);
});

test('every row of the map is computed once, the coarse ones first, and a network is in the cell next to it', () => {
  expect([...ROWS].sort((a, b) => a - b)).toEqual(DEPTHS.map((_, j) => j));
  expect(ROWS.slice(0, COARSE)).toEqual([0, 8, 16, 24, 32, 40, 48]);
  expect(cellOf(0.6963, 50)).toEqual({ i: 11, j: 24 });
  expect([GAINS[0], GAINS.at(-1), DEPTHS.at(-1)]).toEqual([0.4, 3, 100]);
  expect(askedFor(3, 5)).toBe(4 * GAINS.length + 2);
});

/** Trains what is asked of a map on which it is known what learns, until nothing is asked any more. */
function surveyed(learns: (gain: number, depth: number) => boolean): { cells: number; wrong: number } {
  const { ratio, trained } = noCells();
  DEPTHS.forEach((depth, j) => GAINS.forEach((gain, i) => ratio.set([(depth * Math.log(gain / 1.2)) / 4], j * GAINS.length + i)));
  let now = survey(trained, ratio);
  for (; now.wanted.length > 0; now = survey(trained, ratio))
    for (const { i, j } of now.wanted) {
      const at = j * GAINS.length + i;
      expect(trained[at]).toBeNaN();
      trained[at] = learns(GAINS[i]!, DEPTHS[j]!) ? 1 : 0;
    }
  expect(now.settled).toBe(1);
  let wrong = 0;
  for (let j = 0; j < DEPTHS.length; j += LEARNS.every)
    for (let i = 0; i < GAINS.length; i += LEARNS.every) if (now.learns[j * GAINS.length + i] !== (learns(GAINS[i]!, DEPTHS[j]!) ? 1 : 0)) wrong++;
  return { cells: trained.filter((each) => !Number.isNaN(each)).length, wrong };
}

test('of the cells of the map those near an edge of what learns are trained, and the others are as if they were', () => {
  // A channel that narrows with depth to less than a cell of the first pass, one that leans, and one with a dent.
  const channel = (gain: number, depth: number): boolean => Math.abs(Math.log(gain / 1.2)) < 0.08 + 2 / depth;
  const leaning = (gain: number, depth: number): boolean => gain > 0.9 + depth / 200 && gain < 1.2 + depth / 100;
  const dented = (gain: number, depth: number): boolean => channel(gain, depth) && !(depth > 40 && depth < 60 && gain > 1.2);
  for (const learns of [channel, leaning, dented]) {
    const { cells, wrong } = surveyed(learns);
    expect(wrong).toBe(0);
    expect(cells).toBeLessThan(ASKED / 2.5);
  }
  expect([surveyed(() => true), surveyed(() => false).wrong]).toEqual([{ cells: 42, wrong: 0 }, 0]);
});
