// fathom_log.py: what it is called by, its figures beside float64's and Fathom's, and its callbacks with stand-ins, where there is a Python with torch.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { commandLine } from '../../src/cli/commands.ts';
import { diagnose } from '../../src/experiment/diagnose.ts';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import recorded from '../fixtures/torch_logger.json';
import { ALL } from '../support/quick.ts';

const root = new URL('../..', import.meta.url).pathname;

it('fathom logger prints it', () => {
  let written = '';
  const taken = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
  commandLine().parse(['logger'], { from: 'user' });
  taken.mockRestore();
  expect(written).toBe(readFileSync(join(root, 'src/cli/fathom_log.py'), 'utf8'));
  expect(written).toContain('class FathomLog:');
});

it('its statistics equal those of float64, as they were recorded', () => {
  for (const { largestError, layers } of Object.values(recorded)) {
    expect(largestError).toBeLessThan(1e-12);
    expect(layers.length).toBeGreaterThan(3);
  }
});

const PYTHON = '/usr/bin/python3';
const hasTorch = (): boolean => {
  try {
    execFileSync(PYTHON, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const missing = !ALL ? 'in npm run test:all' : hasTorch() ? undefined : 'there is no python3 with torch';

it.skipIf(missing)(
  `its callbacks write histories that are read${missing ? ` (${missing})` : ''}`,
  () => {
    const folder = execFileSync(PYTHON, [join(root, 'tests/fixtures/logger_callbacks.py')], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' },
      encoding: 'utf8',
    }).trim();
    const read = (name: string) => parseHistory(readFileSync(join(folder, `${name}.jsonl`), 'utf8'));
    const shape = (name: string) => {
      const { layers, steps, validations } = read(name);
      return [layers.map((layer) => `${layer.name} ${layer.activation}`).join(), [...steps.numbers].join(), [...steps.sampled()].length, validations.length];
    };
    const layers = '0 relu,2 linear';
    // The first five steps are looked at, then every second.
    expect(shape('lightning')).toEqual([layers, '1,2,3,4,5,6,7,8', 7, 1]);
    expect(shape('hugging_face')).toEqual([layers, '2,4,6,8', 4, 1]);
    expect(shape('keras')).toEqual(['', '1,2,3,4,5,6,7,8', 0, 1]);
    expect(shape('loop')).toEqual([layers, '0,1,2,3', 4, 0]);
    const [step] = read('hugging_face').steps.sampled();
    expect(step!.layers![0]!.tensors.z!.count).toBe(16 * 8);
    expect(read('loop').steps.learningRate[2]).toBeCloseTo(0.01, 12);
    expect(diagnose(read('loop')).findings[0]).toMatchObject({ rule: 'non_finite', step: 3 });
  },
  120_000,
);
