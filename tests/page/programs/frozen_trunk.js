import { adam, createEngine, dataset, dense, model, relu, sequential, softmaxCrossEntropy } from 'fathom-webgpu';

// A trunk learns one task; a new head learns another on what the trunk has made, and the trunk stays as it is.
const x = Array.from({ length: 300 }, (_, i) => [Math.sin(i), Math.cos(5 * i)]);
const task = (of) => dataset({ x, y: x.map((row) => (of(row) ? 1 : 0)), classes: 2 });
const trunk = sequential([dense(32), relu(), dense(16), relu()]);
const headOn = () => model({ x: [2] }, ({ x }) => ({ y: dense(2)(trunk(x)) }));
const engine = await createEngine();
const live = await engine.createModel(trunk, { features: 2 });
const options = { loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.01 }), share: [live] };
const first = await engine.createTrainer({ ...options, model: headOn(), data: { train: task(([a, b]) => a * a + b * b < 0.8) } });
await first.fit({ epochs: 30 });
const before = await live.parameters();
const other = task(([a, b]) => a * b > 0);
const second = await engine.createTrainer({ ...options, model: headOn(), freeze: [live], data: { train: other } });
await second.fit({ epochs: 30 });
const after = await live.parameters();
const same = [...before].every(([path, { data }]) => after.get(path).data.every((value, i) => Object.is(value, data[i])));
console.log(JSON.stringify({ same, accuracy: (await second.evaluate(other)).accuracy }));
engine.destroy();
