import { adam, bceWithLogits, createEngine, dense, leakyRelu, model, sequential } from 'fathom-webgpu';

// A generator learns to put points on a ring, from a judge that learns to tell them from true ones.
const SIZE = 64;
let state = 1;
const random = () => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};
const noise = () => Float32Array.from({ length: SIZE * 4 }, () => 2 * random() - 1);
const ring = () =>
  Array.from({ length: SIZE }, () => {
    const angle = 2 * Math.PI * random();
    return [Math.cos(angle), Math.sin(angle)];
  }).flat();
const hidden = () => [dense(32), leakyRelu(), dense(32), leakyRelu()];
const [generator, judge] = [sequential([...hidden(), dense(2)]), sequential([...hidden(), dense(1)])];
const engine = await createEngine();
const [making, judging] = [await engine.createModel(generator, { features: 4, seed: 1 }), await engine.createModel(judge, { features: 2, seed: 2 })];
const common = { loss: bceWithLogits(), optimizer: adam({ learningRate: 0.002, betas: [0.5, 0.999] }) };
const judgeTrainer = await engine.createTrainer({ ...common, model: judging, batchSize: 2 * SIZE });
const makerTrainer = await engine.createTrainer({
  ...common,
  model: model({ z: [4] }, ({ z }) => ({ y: judge(generator(z)) })),
  share: [making, judging],
  freeze: [judging],
  batchSize: SIZE,
});
const [trueOnes, both] = [new Float32Array(SIZE).fill(1), new Float32Array(2 * SIZE).fill(1, 0, SIZE)];
for (let turn = 0; turn < 600; turn++) {
  await judgeTrainer.trainOnBatch({ x: [...ring(), ...(await making.predict(noise()))], y: both });
  await makerTrainer.trainOnBatch({ z: noise(), y: trueOnes });
}
const points = await making.predict(noise());
const radii = Array.from({ length: SIZE }, (_, i) => Math.hypot(points[2 * i], points[2 * i + 1]));
const quadrants = new Set(radii.map((_, i) => `${points[2 * i] > 0}${points[2 * i + 1] > 0}`));
console.log(JSON.stringify({ radius: radii.reduce((a, b) => a + b) / SIZE, quadrants: quadrants.size }));
engine.destroy();
