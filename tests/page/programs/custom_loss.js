import { adam, createEngine, dataset, dense, loss, sequential, tanh } from 'fathom-webgpu';
import { crossEntropy, exp, mul, neg, square, sub } from 'fathom-webgpu/ops';

const x = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const y = x.map(([a, b]) => (a * b > 0 ? 1 : 0));

/** Looks away from rows that are right already (Lin 2017). */
const focal = (output, label) => {
  const each = crossEntropy(output, label);
  return mul(square(sub(1, exp(neg(each)))), each);
};

const engine = await createEngine();
const trainer = await engine.createTrainer({
  model: sequential([dense(16), tanh(), dense(2)]),
  loss: loss('focal', focal, { task: 'classification' }),
  optimizer: adam({ learningRate: 0.02 }),
  data: { train: dataset({ x, y, classes: 2 }) },
});
await trainer.fit({ epochs: 40 });
console.log(JSON.stringify(await trainer.evaluate(dataset({ x, y, classes: 2 }))));
engine.destroy();
