import { adam, createEngine, dense, model, mse, namedDataset, tanh } from 'fathom-webgpu';

// Eight numbers that two would say: an autoencoder whose decoder has the transposed weight of its encoder.
const x = Array.from({ length: 200 }, (_, i) => Array.from({ length: 8 }, (_, j) => 0.3 * (Math.sin(i) * Math.cos(j) + Math.cos(3 * i) * Math.sin(2 * j))));
const code = dense({ units: 2, initializer: { scheme: 'orthogonal' } });
const net = model({ x: [8] }, ({ x }) => ({ x: dense({ units: 8, weight: code, transpose: true })(tanh()(code(x))) }));
const engine = await createEngine();
const trainer = await engine.createTrainer({
  model: net,
  loss: mse(),
  optimizer: adam({ learningRate: 0.01 }),
  data: { train: namedDataset({ x }) },
});
const start = (await trainer.evaluate(namedDataset({ x }))).loss;
await trainer.fit({ epochs: 100 });
const { loss } = await trainer.evaluate(namedDataset({ x }));
console.log(JSON.stringify({ start, loss, tensors: [...(await trainer.parameters()).keys()] }));
engine.destroy();
