import { createEngine, dataset, dense, measure, mse, sequential, sgd } from 'fathom-webgpu';

const x = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(i)]);
const train = dataset({ x, y: x.map(([a, b]) => [2 * a - b + 1]) });

/** The largest error of all rows. */
const largest = (outputs, targets) => outputs.reduce((most, value, i) => Math.max(most, Math.abs(value - targets[i])), 0);

const engine = await createEngine();
const trainer = await engine.createTrainer({ model: sequential([dense(1)]), loss: mse(), optimizer: sgd({ learningRate: 0.3 }), data: { train } });
await trainer.fit({ epochs: 40 });
console.log(JSON.stringify(await measure(trainer, train, { largest })));
engine.destroy();
