// Lessons in addresses, and the cells of the map.
import { expect, test } from 'vitest';
import { type Answer, answersOf, isAnswered, judge } from '../../demo/lesson/answers.ts';
import { inWordsOf } from '../../demo/lesson/fields.ts';
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

test('a question may be asked in words, beside the network or alone', () => {
  const choices = { question: 'Why?', open: [], words: { ask: 'Which?', choices: ['a', 'b'], right: 1 } };
  const short = { question: 'How many?', open: ['gain'], words: { right: ['0.98', 'two'] } };
  const both = { ...one, words: { ask: 'In a sentence: why?' } };
  for (const fine of [choices, short, both, { ...short, words: {} }]) expect(questionsOf(JSON.stringify(fine)), JSON.stringify(fine)).toEqual([fine]);
  for (const words of [
    ...[7, null, 'a'],
    { choices: ['a'] },
    { choices: ['a', ''] },
    { choices: 'ab' },
    { choices: ['a', 'b'], right: 2 },
    { choices: ['a', 'b'], right: '1' },
    { choices: Array(9).fill('a') },
    { right: 1 },
    { right: [] },
    { right: [1] },
  ])
    expect(questionsOf(JSON.stringify({ ...choices, words })), JSON.stringify(words)).toBeNull();
  // Neither a place nor words: nothing to answer.
  expect(questionsOf(JSON.stringify({ question: 'Well?', open: [] }))).toBeNull();
});

test('an answer in words is judged by what it says, not by how it is written', () => {
  const accepts = { right: ['0.98', 'The slope'] };
  for (const right of ['0.98', '0,980', ' ０.98 ', 'the  SLOPE.', 'The slope。']) expect(judge(accepts, right), right).toBe(true);
  for (const wrong of ['0.9', 'slope', '98']) expect(judge(accepts, wrong), wrong).toBe(false);
  const choices = { choices: ['a', 'b'], right: 0 };
  expect([judge(choices, 0), judge(choices, 1), judge(choices, undefined), judge({}, 'because'), judge(accepts, '')]).toEqual([true, false, null, null, null]);
  expect([isAnswered(0), isAnswered(' '), isAnswered(undefined), isAnswered('so')]).toEqual([true, false, false, true]);
});

test('answers that were handed in are read as far as there is a question for them', () => {
  const questions = questionsOf(
    JSON.stringify([
      { ...one, words: { choices: ['a', 'b'] } },
      { ...one, words: {} },
    ]),
  )!;
  const given: Answer[] = [{ settings: 'gain=1', words: 1 }, { words: 'So.' }];
  expect(answersOf(JSON.stringify(given), questions)).toEqual(given);
  expect(answersOf(JSON.stringify([{ words: 2 }, { words: 7 }]), questions)).toEqual([{}, {}]);
  expect(answersOf(JSON.stringify([null, { words: 'x'.repeat(3000) }]), questions)).toEqual([{}, { words: 'x'.repeat(2000) }]);
  for (const text of ['', '[]', '{}', '7', '[', JSON.stringify([...given, {}])]) expect(answersOf(text, questions), text).toBeNull();
});

test('the fields of the Share sheet make choices where one line has a star, and short answers where none has', () => {
  expect(inWordsOf(' Why? ', 'a\n* b\n\nc')).toEqual({ ask: 'Why?', choices: ['a', 'b', 'c'], right: 1 });
  expect(inWordsOf('', '0.98\nabout 1')).toEqual({ right: ['0.98', 'about 1'] });
  expect(inWordsOf('Why?', ' \n')).toEqual({ ask: 'Why?' });
  expect(inWordsOf(' ', '')).toBeNull();
  for (const wrong of ['* a', '*a\n*b', '*\nb', `*a\n${'b\n'.repeat(8)}`]) expect(inWordsOf('Why?', wrong), wrong).toBeUndefined();
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
