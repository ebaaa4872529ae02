import { adam, createEngine, dense, losses, model, namedDataset, softmaxCrossEntropy, tanh } from 'fathom-webgpu';

// Sequences of three to six numbers, filled up to six: is each number larger than 0? What was filled up says nothing, and has wrong labels.
const SIZE = 200;
const lengths = Array.from({ length: SIZE }, (_, i) => 3 + (i % 4));
const words = lengths.map((length, i) => Array.from({ length: 6 }, (_, t) => (t < length ? Math.sin(7 * i + 3 * t) : 1)));
const labels = words.map((row, i) => row.map((word, t) => (t < lengths[i] && word > 0 ? 1 : 0)));
const train = namedDataset({
  words: { values: words, shape: [6, 1] },
  positive: { values: labels, shape: [6], classes: 2 },
  mask: { values: lengths.map((length) => Array.from({ length: 6 }, (_, t) => (t < length ? 1 : 0))), shape: [6] },
});
const net = model({ words: [6, 1] }, ({ words }) => ({ positive: dense(2)(tanh()(dense(8)(words))) }));
const engine = await createEngine();
const loss = losses({ positive: { loss: softmaxCrossEntropy(), weights: 'mask' } });
const trainer = await engine.createTrainer({ model: net, loss, optimizer: adam({ learningRate: 0.02 }), data: { train } });
await trainer.fit({ epochs: 40 });
const { accuracy, confusion } = await trainer.evaluate(train);
console.log(JSON.stringify({ accuracy, counted: confusion.flat().reduce((a, b) => a + b), there: lengths.reduce((a, b) => a + b) }));
engine.destroy();
