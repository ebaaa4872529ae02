import { expect, test } from 'vitest';
import { jsProgram } from '../../src/exchange/js_program.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

test('a program says the document in calls', () => {
  const document = parseExperiment({
    name: 'a net',
    description: "It's one.",
    data: { source: 'generator', name: 'moons', params: { rows: 200 }, split: { validation: 0.2 }, standardise: true },
    model: {
      layers: [
        {
          type: 'repeat',
          times: 2,
          layers: [
            { type: 'dense', units: 8 },
            { type: 'activation', name: 'leaky_relu', params: { alpha: 0.2 } },
          ],
        },
        { type: 'residual', scale: '1/sqrt(L)', layers: [{ type: 'dense', name: 'it', units: 8, bias: false }, { type: 'batch_norm' }] },
        { type: 'concat', branches: [[{ type: 'dense', units: 2 }], [{ type: 'layer_norm' }]] },
        { type: 'dense', units: 2 },
      ],
    },
    loss: { name: 'softmax_cross_entropy', labelSmoothing: 0.1 },
    metrics: ['f1', { name: 'top_k', k: 1 }],
    optimizer: {
      name: 'adam',
      learningRate: 0.01,
      clip: { norm: 1 },
      groups: [{ match: 'dense_1', frozen: true }],
      schedule: { name: 'warmup', steps: 5, then: { name: 'step', stepSize: 3 } },
    },
    training: {
      epochs: 3,
      batchSize: 16,
      earlyStopping: { patience: 2, restoreBest: false },
      onNonFinite: { rollBack: {} },
      accumulate: 2,
      average: { decay: 0.9 },
    },
  });
  expect(jsProgram(document)).toMatchInlineSnapshot(`
    "// a net
    // It's one.
    import { accumulate, adam, applyScaling, averageWeights, batchNorm, concat, createEngine, dense, earlyStopping, f1, fitStandardiser, generate, layerNorm, leakyRelu, named, repeat, residual, rollBack, sequential, softmaxCrossEntropy, split, stepDecay, topK, warmup } from 'fathom-webgpu';
    import { buildProbes, diagnose } from 'fathom-webgpu/experiment';

    const parts = split(generate('moons', { rows: 200 }, 1), { validation: 0.2, seed: 1 });
    const scaling = fitStandardiser(parts.train);
    const [train, validation, test] = [applyScaling(parts.train, scaling), parts.validation && applyScaling(parts.validation, scaling), parts.test && applyScaling(parts.test, scaling)];

    const model = sequential([
      repeat(2, [
        dense(8),
        leakyRelu({ alpha: 0.2 }),
      ]),
      residual([
        named('it', dense({ units: 8, bias: false })),
        batchNorm(),
      ], { scale: '1/sqrt(L)' }),
      concat([
        [
          dense(2),
        ],
        [
          layerNorm(),
        ],
      ]),
      dense(2),
    ]);

    const engine = await createEngine();
    const trainer = await engine.createTrainer({
      model,
      loss: softmaxCrossEntropy({ labelSmoothing: 0.1 }),
      metrics: [f1(), topK({ k: 1 })],
      optimizer: adam({ learningRate: 0.01, schedule: warmup({ steps: 5, then: stepDecay({ stepSize: 3 }) }) }),
      data: validation ? { train, validation } : { train },
      batchSize: 16,
      accumulate: accumulate(2),
      average: averageWeights({ decay: 0.9 }),
      seed: 1,
      clip: { norm: 1 },
      groups: [{ match: 'dense_1', frozen: true }],
      onNonFinite: rollBack(),
      probes: buildProbes({}),
    });
    const history = await trainer.fit({ epochs: 3, earlyStopping: earlyStopping({ patience: 2, restoreBest: false }), onValidation: ({ step, validationLoss }) => console.log(step, validationLoss) });
    console.log(await trainer.evaluate(test ?? train));
    console.log(diagnose(history).findings.map(({ title }) => title));
    engine.destroy();
    "
  `);
});
