// Memory that really ends, in Node and in Deno: trainers are made until the implementation refuses, what was there goes on, and what is freed can be had again.
// The caller limits the process (prlimit --data), so that the machine has enough. Prints a line for each, `right` or `WRONG`.
const F = await import(globalThis.process.env.FATHOM);
const gpu = globalThis.navigator?.gpu ?? (await import(globalThis.process.env.WEBGPU)).create([]);

const say = (right, text) => console.log(right ? 'right' : 'WRONG', text);
const caught = (work) => work.catch((error) => error);
const engine = await F.createEngine({ gpu, recovery: false });
const rows = Array.from({ length: 32 }, (_, i) => [Math.sin(i), Math.cos(i)]);
const train = F.dataset({ x: rows, y: rows.map((_, i) => i % 2), classes: 2 });
const of = (units) => ({
  model: F.sequential([F.dense(units), F.dense(units), F.dense(2)]),
  loss: F.softmaxCrossEntropy(),
  optimizer: F.adam({ learningRate: 0.01 }),
  data: { train },
  batchSize: 16,
  probes: null,
});
/** 270 MB of weights, gradients and moments. */
const LARGE = 4096;

const beyond = await caught(engine.createTrainer(of(2 ** 15)));
say(beyond.reason === 'limit', `a buffer beyond the limits: ${beyond.message}`);
const small = await engine.createTrainer(of(4));
const [first] = await small.step(2);
const large = [];
let refused;
while (!refused && large.length < 12) {
  const trainer = await caught(engine.createTrainer(of(LARGE)));
  if (trainer instanceof Error) refused = trainer;
  else {
    large.push(trainer);
    const stepped = await caught(trainer.step());
    if (stepped instanceof Error) refused = stepped;
  }
}
say(refused?.name === 'DeviceError' && refused.reason === 'out-of-memory', `with ${large.length} large ones: ${refused?.message}`);
say((await caught(small.step(2))).length === 2, 'the small one goes on');
for (const trainer of large) trainer.destroy();
const next = await caught(engine.createTrainer(of(4)).then((trainer) => trainer.step(2)));
say(next[0]?.loss === first.loss, `another small one has the same loss: ${next[0]?.loss ?? next.message}`);
const again = await caught(engine.createTrainer(of(LARGE)).then((trainer) => trainer.step()));
say(again.length === 1, `there is room for a large one again${again.message ? `: ${again.message}` : ''}`);
globalThis.process.exit();
