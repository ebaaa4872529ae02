// What the noise along a run says of the size of a step, and how it is printed.
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { noiseTable } from '../../src/cli/noise_command.ts';
import { toJson } from '../../src/experiment/json.ts';
import { noiseJsonSchema, noiseSchema } from '../../src/experiment/noise_json.ts';
import { judged, NOISE_VERDICTS, type NoiseLook } from '../../src/experiment/noise_over_run.ts';

const look = (step: number, noiseScale: number): NoiseLook => ({
  ...{ step, noiseScale, batchSize: 32, batches: 16, gradientNorm: 0.5 },
  ...{ noise: 0.5 * Math.sqrt(noiseScale / 32), signalToNoise: Math.sqrt(32 / noiseScale) },
});

test.each<[string, number[], string, RegExp]>([
  ['healthy: few rows at first, many at the end', [20, 4000], 'balanced', /lies between 20 rows and 4000 rows: a run takes 1.63 to 126 times the steps/],
  ['noise all along', [400, 4000], 'noisy', /at least 13.5 times the steps .* up to about 400 rows/],
  ['batches that are larger than needed', [0.6, 3], 'wasteful', /lies between 1 row and 3 rows: a run sees at least 11.7 times the rows/],
  ['noise that hides the gradient', [20, Number.POSITIVE_INFINITY], 'hidden', /After 100 steps noise hides the gradient of 16 batches of 32 rows/],
  ['just within ten times', [319, 4000], 'balanced', /times the steps/],
])('%s', (_name, scales, verdict, message) => {
  const said = judged(
    scales.map((scale, i) => look(100 * i, scale)),
    32,
  );
  expect(said.verdict).toBe(verdict);
  expect(said.message).toMatch(message);
});

test('a row per look', () => {
  expect(noiseTable([look(0, 20), look(100, Number.POSITIVE_INFINITY)]).split('\n')).toEqual([
    'step  gradient  noise of a batch  signal to noise  noise scale (rows)',
    '   0       0.5             0.395             1.26                  20',
    ' 100       0.5          Infinity                0            Infinity',
  ]);
});

test('the JSON fits its schema, a hidden gradient and a run that was ended at once included', () => {
  for (const measured of [[look(0, 20), { ...look(100, Number.POSITIVE_INFINITY), gradientNorm: 0, noise: 0.5 }], [look(0, 20)], []]) {
    const printed: unknown = JSON.parse(toJson({ measured, rowsPerStep: 32, ...judged(measured, 32) }));
    expect(v.parse(noiseSchema, printed)).toEqual(printed);
  }
  const schema = noiseJsonSchema();
  expect(schema).toMatchObject({ type: 'object', required: ['measured', 'rowsPerStep', 'verdict', 'message'] });
  expect(schema).toHaveProperty('properties.verdict.enum', [...NOISE_VERDICTS]);
});
