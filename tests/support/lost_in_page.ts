// What tests/page/device_lost.test.ts runs in the page: the test ends the GPU process of its Chrome when it is asked to.
import { createEngine } from '../../src/engine.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { checkpoint } from '../../src/train/files.ts';
import { adam } from '../../src/train/optimizers.ts';
import { blobs } from './models.ts';

/** What the test gives the page. */
declare const endGpuProcess: () => Promise<void>;

/** Steps between two losses. */
const STEPS = 7;

/** What is to be the same at the end of a run whose device was lost so many times, and how it went. */
export async function run(losses: number, among: number): Promise<{ end: string; recovered: { from: number; to: number; equal: boolean }[] }> {
  const engine = await createEngine({ recovery: { every: 0 } });
  const lose = async (): Promise<void> => {
    const { lost } = engine;
    await endGpuProcess();
    await lost;
  };
  // While it is made.
  const making = engine.createTrainer({
    model: sequential([dense(4), activation('tanh'), dense(3)]),
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.02 }),
    data: { train: blobs(50) },
    batchSize: 16,
    probes: null,
  });
  if (losses > 2) await endGpuProcess();
  const trainer = await making;
  const recovered: { from: number; to: number; equal: boolean }[] = [];
  const during = losses > 2 ? losses - 2 : losses;
  let ended = 0;
  for await (const event of trainer.run({ steps: STEPS * (among + 1), stepsPerSubmit: 2 })) {
    if (event.type === 'recovered') recovered.push({ from: event.from, to: event.to, equal: event.device!.equal });
    // With steps in flight.
    if (event.type === 'steps' && ended < during && ended === recovered.length && event.records.at(-1)!.step >= STEPS * (ended + 1)) {
      ended++;
      await endGpuProcess();
    }
  }
  if (losses > 2) {
    // In a read-back: it says so, and the next one is right.
    const reading = trainer.parameters().catch((error: unknown) => error);
    await lose();
    await reading;
  }
  const file = await checkpoint(trainer);
  const { loss, numbers } = trainer.history.steps;
  const end = JSON.stringify([Array.from(numbers), Array.from(loss), Array.from(file)]);
  engine.destroy();
  return { end, recovered };
}
