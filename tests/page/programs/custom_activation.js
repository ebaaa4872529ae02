import { adam, createEngine, dataset, dense, layer, mse, sequential } from 'fathom-webgpu';
import { mul, sigmoid } from 'fathom-webgpu/ops';

const x = Array.from({ length: 100 }, (_, i) => [i / 50 - 1]);
const train = dataset({ x, y: x.map(([a]) => [a * a]) });

const swish = () => layer('swish', (x) => mul(x, sigmoid(mul(x, 1.5))));

const engine = await createEngine();
const model = sequential([dense(16), swish(), dense(1)]);
const trainer = await engine.createTrainer({ model, loss: mse(), optimizer: adam({ learningRate: 0.02 }), data: { train } });
await trainer.fit({ epochs: 60 });
console.log(JSON.stringify({ ...(await trainer.evaluate(train)), layers: trainer.history.layers.map(({ name }) => name) }));
engine.destroy();
