// Lessons in addresses, and the cells of the map.
import { expect, test } from 'vitest';
import { questionsOf } from '../../demo/lesson/questions.ts';
import { COARSE, cellOf, DEPTHS, GAINS, ROWS } from '../../demo/map/cells.ts';
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
});
