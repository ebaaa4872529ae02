// Points that a visitor draws: how an address carries them, what it refuses, and the document that they become.
import { describe, expect, test } from 'vitest';
import { documentOf, settingsOf } from '../../demo/document.ts';
import { decodePoints, encodePoints, nearestTo, type Point, placeOn, SIDE } from '../../demo/plane/points.ts';
import { rowsOf } from '../../demo/plane/rows.ts';
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
    expect(encodeSettings({ ...DEFAULTS, points })).toBe('');
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
