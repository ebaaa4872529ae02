import { createEngine, dataset, dense, layer, ones, sequential, sgd, softmaxCrossEntropy } from 'fathom-webgpu';
import { add, last, mean, mul, sub } from 'fathom-webgpu/ops';

const x = Array.from({ length: 200 }, (_, i) => [Math.sin(i) + 3, Math.cos(3 * i) + 3]);
const train = dataset({ x, y: x.map(([a, b]) => (a > b ? 1 : 0)), classes: 2 });

/** Takes a running mean off, and scales each feature by a number that is trained. */
const centre = () =>
  layer('centre', (x, { parameter, buffer, assign }) => {
    const running = buffer('mean', [last(x)]);
    assign(running, add(mul(running, 0.9), mul(mean(x, 0), 0.1)));
    return mul(sub(x, running), parameter('gain', [last(x)], ones()));
  });
const engine = await createEngine();
const trainer = await engine.createTrainer({
  model: sequential([centre(), dense(2)]),
  loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.5 }),
  data: { train },
});
await trainer.fit({ epochs: 30 });
const { accuracy } = await trainer.evaluate(train);
const { data } = (await trainer.parameters()).get('centre_1/mean');
console.log(JSON.stringify({ accuracy, mean: data[0] }));
engine.destroy();
