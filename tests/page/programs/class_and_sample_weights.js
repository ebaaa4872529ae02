import { adam, createEngine, dense, losses, namedDataset, sequential, softmaxCrossEntropy, tanh, weightedCrossEntropy } from 'fathom-webgpu';

// One row in ten is of the second class, and the two overlap: weights of classes, or of rows, say what a miss of it costs.
const x = Array.from({ length: 400 }, (_, i) => [Math.sin(i) + (i % 10 === 0 ? 0.8 : 0), Math.cos(3 * i)]);
const labels = x.map((_, i) => (i % 10 === 0 ? 1 : 0));
const train = namedDataset({ x, y: { values: labels, classes: 2 }, cost: labels.map((label) => (label ? 9 : 1)) });
const engine = await createEngine();
const recalled = async (loss) => {
  const model = sequential([dense(8), tanh(), dense(2)]);
  const trainer = await engine.createTrainer({ model, loss, optimizer: adam({ learningRate: 0.02 }), data: { train }, batchSize: 400 });
  await trainer.fit({ epochs: 60 });
  const [, [missed, found]] = (await trainer.evaluate(train)).confusion;
  return { recall: found / (missed + found), weight: (await trainer.parameters()).get('dense_1/weight').data[0] };
};
const plain = await recalled(softmaxCrossEntropy());
const byClass = await recalled(weightedCrossEntropy({ classWeights: [1, 9] }));
const byRow = await recalled(losses({ y: { loss: softmaxCrossEntropy(), weights: 'cost' } }));
console.log(JSON.stringify({ plain: plain.recall, byClass: byClass.recall, apart: Math.abs(byClass.weight - byRow.weight) }));
engine.destroy();
