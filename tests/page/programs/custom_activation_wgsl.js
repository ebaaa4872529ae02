import { adam, createEngine, dataset, dense, mse, sequential, wgslActivation } from 'fathom-webgpu';

const x = Array.from({ length: 100 }, (_, i) => [i / 50 - 1]);
const train = dataset({ x, y: x.map(([a]) => [a * a]) });

const bump = wgslActivation('bump', {
  wgsl: `override WIDTH_OF: f32 = 1.0;
    fn bell(x: vec4f) -> vec4f { return exp(-x * x / WIDTH_OF); }
    fn act(x: vec4f) -> vec4f { return bell(x); }
    fn act_grad(x: vec4f) -> vec4f { return -2.0 / WIDTH_OF * x * bell(x); }`,
  params: { width_of: 1 },
  value: (x, { width_of }) => Math.exp((-x * x) / width_of),
  derivative: (x, { width_of }) => ((-2 * x) / width_of) * Math.exp((-x * x) / width_of),
});

const engine = await createEngine();
const model = sequential([dense(16), bump({ width_of: 2 }), dense(1)]);
const trainer = await engine.createTrainer({ model, loss: mse(), optimizer: adam({ learningRate: 0.02 }), data: { train } });
await trainer.fit({ epochs: 60 });
console.log(JSON.stringify({ ...(await trainer.evaluate(train)), activations: trainer.history.layers.map(({ activation }) => activation) }));
engine.destroy();
