import { createEngine, dense, sequential, tanh } from 'fathom-webgpu';

const net = sequential([dense(3), tanh(), dense(1)]);
const engine = await createEngine();
const [model, other] = [await engine.createModel(net, { features: 2, seed: 1 }), await engine.createModel(net, { features: 2, seed: 2 })];
// Out by name, changed, and in again; what is left out stays.
const weights = await model.parameters();
const { shape, data } = weights.get('dense_2/weight');
model.setParameters(new Map([['dense_2/weight', { shape, data: data.map((value) => 2 * value) }]]));
const [once, twice] = [await modelOf(weights), await model.predict([[1, -1]])];
console.log(JSON.stringify({ names: [...weights.keys()], factor: twice[0] / once[0] }));
engine.destroy();

async function modelOf(tensors) {
  other.setParameters(tensors);
  return other.predict([[1, -1]]);
}
