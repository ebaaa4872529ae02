import { createEngine, dataset, dense, save, sequential, sgd, softmaxCrossEntropy, tanh } from 'fathom-webgpu';
import { modelDocument, openModel, predict } from 'fathom-webgpu/experiment';

const x = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const train = dataset({ x, y: x.map(([a, b]) => (a > b ? 1 : 0)), classNames: ['below', 'above'] });
const net = sequential([dense(16), tanh(), dense(2)]);
// What theory says of it before its first step.
const [first] = predict({ model: modelDocument(net), training: { batchSize: 32 } }, 2, 0.5);

const engine = await createEngine();
const trainer = await engine.createTrainer({ model: net, loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.2 }), data: { train } });
await trainer.fit({ epochs: 30 });
const file = await save(trainer);
trainer.destroy();

// Elsewhere, with the file alone: not even the layers.
const model = await openModel(engine, file);
const [answer] = await model.predict([[0.2, -0.7]], { as: 'classes' });
const [below, above] = await model.predict(Float32Array.of(0.2, -0.7), { as: 'probabilities' });
console.log(JSON.stringify({ answer, sum: below + above, meanSquare: first.q }));
model.destroy();
engine.destroy();
