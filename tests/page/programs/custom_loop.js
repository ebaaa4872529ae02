import { createEngine, dense, generate, load, relu, save, sequential, sgd, softmaxCrossEntropy, split } from 'fathom-webgpu';

const data = split(generate('moons', { rows: 300, noise: 0.2 }, 1), { validation: 0.3 });
const engine = await createEngine();
const model = sequential([dense(16), relu(), dense(2)]);
const trainer = await engine.createTrainer({ model, loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 2 }), data });
const [stop, log] = [new AbortController(), []];
let [lowest, since, least, best] = [Infinity, 0, Infinity, undefined];
for await (const event of trainer.run({ validateEvery: 20, stepsPerSubmit: 10, signal: stop.signal })) {
  if (event.type === 'steps')
    for (const { step, loss, learningRate } of event.records) {
      if (loss < lowest) [lowest, since] = [loss, step];
      if (step < since + 50) continue;
      trainer.setLearningRate(learningRate / 2);
      since = step;
    }
  if (event.type === 'validation') {
    log.push(event.record.validationLoss);
    if (event.record.validationLoss < least) [least, best] = [event.record.validationLoss, await save(trainer)];
    if (event.record.step === 600) stop.abort();
  }
}
load(trainer, best);
console.log(JSON.stringify({ log, least, loss: (await trainer.evaluate(data.validation)).loss, rates: [...new Set(trainer.history.steps.learningRate)] }));
engine.destroy();
