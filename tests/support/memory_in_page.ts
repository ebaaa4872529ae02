// What tests/page/device_lost.test.ts runs in the page whose Chrome has a GPU process of little memory.
import { createEngine } from '../../src/engine.ts';
import { DeviceError } from '../../src/errors.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { adam } from '../../src/train/optimizers.ts';
import type { Trainer } from '../../src/train/trainer.ts';
import { blobs } from './models.ts';

/** Units of a model with 270 MB of weights, gradients and moments. */
const LARGE = 4096;

/** The losses of a small model before and after others, at most so many, took all memory there is, those of one made afterwards, and how that ended: 'lost', where the device went with its process and another took its place, or the reason of a refusal. */
export async function fill(most: number): Promise<{ before: number[]; after: number[]; fresh: number[]; large: number; ended: string }> {
  const engine = await createEngine();
  const make = (units: number): Promise<Trainer> =>
    engine.createTrainer({
      model: sequential([dense(units), activation('tanh'), dense(units), activation('tanh'), dense(3)]),
      loss: softmaxCrossEntropy(),
      optimizer: adam({ learningRate: 0.02 }),
      data: { train: blobs(50) },
      batchSize: 16,
      probes: null,
    });
  const losses = async (trainer: Trainer): Promise<number[]> => [...(await trainer.step(3))].map(({ loss }) => loss);
  const small = await make(4);
  const before = await losses(small);
  const large: Trainer[] = [];
  let ended = '';
  void engine.lost.then(() => {
    ended = 'lost';
  });
  while (!ended && large.length < most) {
    try {
      const trainer = await make(LARGE);
      large.push(trainer);
      await trainer.step();
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      ended ||= error.reason;
    }
  }
  for (const trainer of large) trainer.destroy();
  const after = await losses(small);
  const fresh = await losses(await make(4));
  engine.destroy();
  return { before, after, fresh, large: large.length, ended };
}
