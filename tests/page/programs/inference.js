import { createEngine, dataset, dense, load, relu, save, sequential, sgd, softmaxCrossEntropy } from 'fathom-webgpu';

const x = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const train = dataset({ x, y: x.map(([a, b]) => (a > b ? 1 : 0)), classes: 2 });
const net = sequential([dense(16), relu(), dense(2)]);
const engine = await createEngine();
const trainer = await engine.createTrainer({ model: net, loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.2 }), data: { train } });
await trainer.fit({ epochs: 30 });
const file = await save(trainer);
trainer.destroy();

// Elsewhere, with the file alone: no optimizer, no data.
const model = await engine.createModel(net, { features: 2 });
load(model, file);
const [left, right] = await model.predict([[0.2, -0.7]]);
const all = await model.predict(train);
const { accuracy } = await model.evaluate(train, softmaxCrossEntropy());
console.log(JSON.stringify({ answer: right > left ? 1 : 0, rows: all.length / 2, accuracy }));
engine.destroy();
