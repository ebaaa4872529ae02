import { compile, createEngine, dense, Graph, mse, relu, sequential, sgd } from 'fathom-webgpu';

const engine = await createEngine();
const model = sequential([dense(8), relu(), dense(1)]);
const trainer = await engine.createTrainer({ model, features: 2, loss: mse(), optimizer: sgd({ learningRate: 0.1 }) });

// The first two layers, with the weights of the whole model: paths are the same.
const graph = new Graph();
const input = graph.input('x', [3, 2], { batch: true });
const hidden = sequential(model.layers.slice(0, 2)).build(graph, input).output;
const program = await compile(engine, graph, { outputs: [hidden] });
program.setParameters(await trainer.parameters());
program.write(input, [
  [1, 0],
  [0, 1],
  [-1, 0],
]);
program.run();
const [h] = await program.read(hidden);
console.log(JSON.stringify([...h]));
engine.destroy();
