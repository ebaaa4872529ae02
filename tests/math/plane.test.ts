// Points that a visitor draws or says by a formula: how an address carries them, what it refuses, and the document that they become.
import { describe, expect, test } from 'vitest';
import { documentOf } from '../../demo/document.ts';
import { classBy, FormulaError } from '../../demo/plane/formula.ts';
import { decodePoints, encodePoints, nearestTo, type Point, placeOn, SIDE } from '../../demo/plane/points.ts';
import { byFormula, rowsOf } from '../../demo/plane/rows.ts';
import { settingsOf } from '../../demo/read_document.ts';
import { arePoints, DEFAULTS, decodeSettings, encodeSettings, MOST_POINTS, notThere } from '../../demo/settings.ts';
import { loadData } from '../../src/experiment/data.ts';
import { parseExperiment } from '../../src/experiment/index.ts';
import { Random } from '../../src/random.ts';

const random = new Random([3, 4]);
const some = (n: number): Point[] =>
  Array.from({ length: n }, (_, k) => ({ i: Math.floor(random.uniform() * SIDE) % SIDE, j: (7 * k) % SIDE, label: random.uniform() < 0.5 ? 0 : 1 }));

describe('drawn points', () => {
  test('come back from an address in the order in which they were drawn, at three characters each at most', () => {
    for (const n of [1, 2, 17, MOST_POINTS]) {
      const points = some(n);
      const text = encodePoints(points);
      expect(decodePoints(text)).toEqual(points);
      expect(text.length).toBeLessThanOrEqual(3 * n);
      const settings = { ...DEFAULTS, data: 'drawn' as const, points: text };
      if (arePoints(text)) expect(decodeSettings(encodeSettings(settings))).toEqual(settings);
    }
    for (let i = 0; i < SIDE; i++) expect(nearestTo(placeOn(i))).toBe(i);
  });

  test.each([
    ['none', ''],
    ['half a point', 'AABBC.DDEE'],
    ['a character of no point', 'AABB.CC!!'],
    ['one class', 'AABBCC'],
    ['one point of a class', 'AABB.CC'],
    ['two dots', 'AABB..CCDD'],
    ['too many', `AA${'BB'.repeat(MOST_POINTS)}.CCDD`],
  ])('that are %s are refused at the door', (_name, points) => {
    const address = new URLSearchParams({ data: 'drawn', points }).toString();
    expect(decodeSettings(address).points).toBe(DEFAULTS.points);
    expect(notThere(address, new Set())).toEqual([`points=${points}`.slice(0, 40)]);
  });

  test('are carried where they are the data, and not elsewhere', () => {
    const points = 'AABB.CCDD';
    expect(encodeSettings({ ...DEFAULTS, data: 'drawn', points })).toBe(`data=drawn&points=${points}`);
    expect(encodeSettings({ ...DEFAULTS, points, formula: 'x > 0' })).toBe('');
  });

  test('all train, as they lie on their plane, and the document comes back as the same controls', async () => {
    const settings = { ...DEFAULTS, data: 'drawn' as const, points: 'AA__.A__A', earlyStopping: true };
    const rows = rowsOf(settings)!;
    expect(rows.text).toBe('x,y,class\n-2,-2,0\n2,2,0\n-2,2,1\n2,-2,1\n');
    const document = documentOf(settings, rows);
    expect(settingsOf(document, rows)).toEqual({ ...settings, earlyStopping: false, noise: DEFAULTS.noise });
    const { train, validation } = await loadData(parseExperiment(document), () => Promise.reject(new Error('no file')));
    expect(validation).toBeUndefined();
    expect(train).toMatchObject({ rows: 4, features: 2, classes: 2 });
    expect([...train.x].every((value) => Math.abs(value) === 2)).toBe(true);
    // Of each class the product of the coordinates has one sign.
    for (let row = 0; row < 4; row++) expect(train.x[2 * row]! * train.x[2 * row + 1]!).toBe(train.y[row] === 0 ? 4 : -4);
  });
});

describe('a formula', () => {
  test.each<[string, (x: number, y: number) => boolean]>([
    ['y > sin(3 x)', (x, y) => y > Math.sin(3 * x)],
    ['x^2 + y**2 < 1', (x, y) => x ** 2 + y ** 2 < 1],
    ['-x^2 < -0.5', (x) => -(x ** 2) < -0.5],
    ['2x(y + 1) >= .5', (x, y) => 2 * x * (y + 1) >= 0.5],
    ['2^-x < 1', (x) => 2 ** -x < 1],
    ['1 - x - y > 0', (x, y) => 1 - x - y > 0],
    ['x / 2 / y > 1', (x, y) => x / 2 / y > 1],
    ['-1 < x <= 0.5', (x) => x > -1 && x <= 0.5],
    ['x > 0 and y > 0 or not (r < 1)', (x, y) => (x > 0 && y > 0) || !(Math.hypot(x, y) < 1)],
    ['(x > 0 or y > 0) and abs(x) < 1', (x, y) => (x > 0 || y > 0) && Math.abs(x) < 1],
    ['sin(pi x) cos(pi y) ≥ 0', (x, y) => Math.sin(Math.PI * x) * Math.cos(Math.PI * y) >= 0],
    ['sqrt(x) > y', (x, y) => Math.sqrt(x) > y],
    ['exp(−x) × 2 > 1e0', (x) => Math.exp(-x) * 2 > 1],
  ])('%s', (formula, right) => {
    const classOf = classBy(formula);
    for (let k = 0; k < 300; k++) {
      const [x, y] = [4 * random.uniform() - 2, 4 * random.uniform() - 2];
      expect(classOf(x, y), `${x} ${y}`).toBe(right(x, y) ? 1 : 0);
    }
  });

  test.each([
    ['', 'end', 1],
    ['y >', 'end', 4],
    ['y > sin(3 x', 'end', 12],
    ['y > foo(x)', 'name', 5],
    ['y > constructor', 'name', 5],
    ['y > sin x', 'call', 5],
    ['y = sin(x)', 'equals', 3],
    ['x + y', 'truth_wanted', 1],
    ['(x > 0) + 1 > 0', 'number_wanted', 1],
    ['x and y > 0', 'truth_wanted', 1],
    ['x > 0; alert(1)', 'unexpected', 6],
    ['x > 0 )', 'unexpected', 7],
    ['x > [0]', 'unexpected', 5],
  ])('%j is refused: %s at place %i', (formula, wrong, at) => {
    try {
      classBy(formula);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(FormulaError);
      expect(error).toMatchObject({ wrong, at });
    }
  });

  test('of which all points are of one class is refused, and one as long as may be is read in time', () => {
    expect(() => byFormula('x > 5', 1)).toThrow(FormulaError);
    expect(() => classBy(`${'('.repeat(60)}${'-'.repeat(59)}x`)).toThrow(FormulaError);
  });

  test('comes back from an address with its rows, which are the seed’s', () => {
    const settings = { ...DEFAULTS, data: 'formula' as const, formula: 'x^2 + y^2 < 1 & 2', seed: 3 };
    expect(decodeSettings(encodeSettings(settings))).toEqual(settings);
    expect(notThere(new URLSearchParams({ formula: 'x'.repeat(121) }).toString(), new Set())).toHaveLength(1);
    const right = { ...settings, formula: 'x y > 0' };
    const rows = rowsOf(right)!;
    expect(rowsOf(right)).toEqual(rows);
    expect(rowsOf({ ...right, seed: 4 })!.text).not.toBe(rows.text);
    expect(rows.text.split('\n')).toHaveLength(1002);
    expect(settingsOf(documentOf(right, rows), rows)).toEqual({ ...right, noise: DEFAULTS.noise });
    // One that is none trains with the page's own, and its field says so.
    expect(rowsOf({ ...settings })!.text).toBe(rowsOf({ ...right, formula: DEFAULTS.formula })!.text);
  });
});
