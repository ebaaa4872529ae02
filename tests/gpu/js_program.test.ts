// Programs that `fathom export --js` writes: they run, and their steps have the bits of the document's run.
import { afterAll, expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import { jsProgram } from '../../src/exchange/js_program.ts';
import { loadData } from '../../src/experiment/data.ts';
import * as experiment from '../../src/experiment/index.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import * as root from '../../src/index.ts';
import { DEEP, EXPORTED, readDigits } from '../support/exported.ts';
import { ALL } from '../support/quick.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
  ...words: string[]
) => (...given: unknown[]) => Promise<Record<string, unknown>>;

/** Runs the text of a program; imports are those of the sources. */
async function runProgram(text: string): Promise<Record<string, unknown>> {
  const body = text
    .replace(/^import \{([^}]*)\} from 'fathom-webgpu';$/m, 'const {$1} = root;')
    .replace(/^import \{([^}]*)\} from 'fathom-webgpu\/experiment';$/m, 'const {$1} = experiments;');
  expect(body).not.toContain('import ');
  return new AsyncFunction('root', 'experiments', 'fetch', 'console', `${body}\nreturn { history };`)(
    // The engine is made once: that of the test.
    { ...root, createEngine: async () => ({ createTrainer: engine.createTrainer.bind(engine), destroy: () => undefined }) },
    experiment,
    async (name: string) => new Response(await readDigits(name)),
    { log: () => undefined },
  );
}

/** Rows of a generator and of a document's data, schedules in schedules, a graph among layers; the others take half a minute. */
const FEW = ['schedules in a row', 'a graph, sequences', 'kl divergence'];

test.each(ALL ? Object.keys(EXPORTED).filter((name) => !DEEP.has(name)) : FEW)('%s', async (name) => {
  const document = EXPORTED[name]!;
  const { train } = await loadData(document, readDigits);
  const { history } = (await runProgram(jsProgram(document, { rowsOfNumbers: train.classes === undefined }))) as { history: experiment.RunResult['history'] };
  const { history: expected } = await runExperiment(engine, document, { read: readDigits });
  expect([...history.steps].map(({ loss }) => loss)).toEqual([...expected.steps].map(({ loss }) => loss));
});
