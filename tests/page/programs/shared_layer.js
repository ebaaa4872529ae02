import { adam, createEngine, dense, model, mse, namedDataset, sequential, tanh } from 'fathom-webgpu';
import { abs, sub } from 'fathom-webgpu/ops';

// How far apart are two points, by one network that sees both of them?
const points = (step) => Array.from({ length: 200 }, (_, i) => [Math.sin(step * i), Math.cos((step + 2) * i)]);
const [a, b] = [points(1), points(5)];
const train = namedDataset({ a, b, apart: a.map(([x, y], i) => Math.abs(x - b[i][0]) + Math.abs(y - b[i][1])) });
const twin = sequential([dense(16), tanh(), dense(8)]);
const net = model({ a: [2], b: [2] }, ({ a, b }) => ({ apart: dense(1)(abs(sub(twin(a), twin(b)))) }));
const engine = await createEngine();
const trainer = await engine.createTrainer({ model: net, loss: mse(), optimizer: adam({ learningRate: 0.02 }), data: { train } });
await trainer.fit({ epochs: 60 });
const { loss } = await trainer.evaluate(train);
const [one, other] = [await trainer.predict({ a, b }), await trainer.predict({ a: b, b: a })];
const same = one.apart.every((value, i) => Math.abs(value - other.apart[i]) < 1e-5);
console.log(JSON.stringify({ loss, same, tensors: [...(await trainer.parameters()).keys()] }));
engine.destroy();
