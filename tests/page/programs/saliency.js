import { adam, compile, createEngine, dataset, dense, differentiate, Graph, sequential, softmaxCrossEntropy, tanh } from 'fathom-webgpu';
import { max, sum } from 'fathom-webgpu/ops';

// Only the second of three features says the class.
const x = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(5 * i), Math.sin(9 * i)]);
const train = dataset({ x, y: x.map(([, b]) => (b > 0 ? 1 : 0)), classes: 2 });
const engine = await createEngine();
const model = sequential([dense(16), tanh(), dense(2)]);
const trainer = await engine.createTrainer({ model, loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.02 }), data: { train } });
await trainer.fit({ epochs: 20 });

const graph = new Graph();
const input = graph.input('x', [200, 3], { batch: true });
const saliency = differentiate(sum(max(model.build(graph, input).output, -1))).get(input);
const program = await compile(engine, graph, { outputs: [saliency] });
program.setParameters(await trainer.parameters());
program.write(input, x);
program.run();
const [gradients] = await program.read(saliency);
const of = (feature) => gradients.reduce((all, g, i) => all + (i % 3 === feature ? Math.abs(g) : 0), 0);
console.log(JSON.stringify([of(0), of(1), of(2)]));
engine.destroy();
