import { adam, createEngine, dataset, dense, repeat, sequential, softmaxCrossEntropy, tanh, wgslActivation } from 'fathom-webgpu';

// Points in a square, the same everywhere: inside or outside of a circle?
let state = 1;
const next = () => {
  state = (state * 16807) % 2147483647;
  return (2 * state) / 2147483647 - 1;
};
const x = Array.from({ length: 320 }, () => [next(), next()]);
const y = x.map(([a, b]) => (a * a + b * b < 0.6 ? 1 : 0));

// A helper's name that shaders of a build have too, and one that they have for a variable.
const cube = wgslActivation('cube', {
  wgsl: `fn Aa(a: vec4f) -> vec4f { return a * a; }
    fn act(x: vec4f) -> vec4f { return x + 0.1 * Aa(x) * x; }
    fn act_grad(x: vec4f) -> vec4f { return 1.0 + 0.3 * Aa(x); }`,
  value: (x) => x + 0.1 * x ** 3,
  derivative: (x) => 1 + 0.3 * x * x,
});

const engine = await createEngine(globalThis.gpu ? { gpu: globalThis.gpu } : {});
const trainer = await engine.createTrainer({
  model: sequential([repeat(2, [dense(16), tanh()]), dense(16), cube(), dense(2)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  data: { train: dataset({ x, y, classes: 2 }) },
});
const { steps } = await trainer.fit({ steps: 20 });
const weights = [...(await trainer.parameters()).values()].flatMap(({ data }) => [...data]);
let error;
try {
  dense(-1);
} catch ({ name }) {
  error = name;
}
console.log(JSON.stringify({ loss: [...steps.loss], gradientNorm: [...steps.gradientNorm], weights, error }));
engine.destroy();
