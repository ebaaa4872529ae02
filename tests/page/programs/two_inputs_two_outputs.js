import { adam, createEngine, dense, losses, model, mse, namedDataset, softmaxCrossEntropy, tanh } from 'fathom-webgpu';
import { concat } from 'fathom-webgpu/ops';

// A point and a shift: which side is the moved point on, and how far is it from the middle?
const rows = Array.from({ length: 240 }, (_, i) => ({ point: [Math.sin(i), Math.cos(7 * i)], shift: [0.5 * Math.sin(3 * i)] }));
const moved = rows.map(({ point, shift }) => point[0] + shift[0]);
const train = namedDataset({
  point: rows.map(({ point }) => point),
  shift: rows.map(({ shift }) => shift),
  side: { values: moved.map((x) => (x > 0 ? 1 : 0)), classes: 2 },
  distance: moved.map((x, i) => Math.hypot(x, rows[i].point[1])),
});
const net = model({ point: [2], shift: [1] }, ({ point, shift }) => {
  const hidden = tanh()(dense(24)(concat([dense(8)(point), dense(4)(shift)], -1)));
  return { side: dense(2)(hidden), distance: dense(1)(hidden) };
});
const engine = await createEngine();
const loss = losses({ side: softmaxCrossEntropy(), distance: { loss: mse(), weight: 2 } });
const trainer = await engine.createTrainer({ model: net, loss, optimizer: adam({ learningRate: 0.01 }), data: { train } });
await trainer.fit({ epochs: 60 });
const { outputs } = await trainer.evaluate(train);
console.log(JSON.stringify({ accuracy: outputs.side.accuracy, error: outputs.distance.loss }));
engine.destroy();
