// Networks that are drawn, trained on the CPU: the first finding names what was planted. tests/diagnosis/drawn.ts asks it of hundreds.
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/inspect/diagnose/index.ts';
import { healthyDraw, sickDraw } from '../diagnosis/draws.ts';
import { runOnCpu } from '../diagnosis/on_cpu.ts';
import { ALL } from '../support/quick.ts';

const QUICK = ['inputs_offset', 'zero_start', 'start_small', 'dead'];
const THOROUGH = [
  ...['inputs_small', 'inputs_mixed', 'constant_column', 'targets_offset', 'targets_small', 'out_tanh_numbers', 'no_activation', 'weight_decay'],
  ...['rate_low', 'rate_x_penalty', 'constant_targets', 'rate_decays', 'exploding', 'dropout'],
];

const warnings = (document: Parameters<typeof runOnCpu>[0]): string[] =>
  diagnose(runOnCpu(document).history)
    .findings.filter(({ severity }) => severity !== 'note')
    .map(({ rule }) => rule);

describe('the first finding names what was planted', () => {
  it.each([...QUICK, ...(ALL ? THOROUGH : [])])('%s', (cause) => {
    const { accepted, document } = sickDraw(cause, 13);
    expect(accepted).toContain(warnings(document)[0]);
  });
});

it('leaves healthy ones alone', () => {
  for (const seed of ALL ? [1, 2, 3, 4, 5, 6] : [3]) expect(warnings(healthyDraw(seed).document)).toEqual([]);
});
