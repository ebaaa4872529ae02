// Documents as projects of PyTorch: what is written, and what is refused. That it trains alike is in tests/gpu/torch_exported.test.ts.
import { expect, test } from 'vitest';
import { exportPyTorch } from '../../src/exchange/pytorch_project.ts';
import { unwritten } from '../../src/exchange/pytorch_schedule.ts';
import { fromTorch, permuted, torchPlace, toTorch } from '../../src/exchange/pytorch_tensors.ts';
import type { Experiment, ScheduleDocument } from '../../src/experiment/document.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { SCHEDULES } from '../../src/train/schedules.ts';
import { EXPORTED, readDigits } from '../support/exported.ts';

const textIn = async (document: Experiment, file: string): Promise<string> => (await exportPyTorch(document, { read: readDigits })).get(file) as string;
const of = (more: object): Experiment =>
  parseExperiment({
    data: { source: 'generator', name: 'moons', params: { rows: 20 } },
    model: { layers: [{ type: 'dense', units: 2 }] },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 2, batchSize: 4 },
    ...more,
  });

test('a model with branches of maps is written in names', async () => {
  expect(await textIn(EXPORTED['branches of maps']!, 'model.py')).toMatchInlineSnapshot(`
    """"The model: of the document."""
    from torch import nn

    from layers import Concat, Layers, Permute, Residual


    def build():
        return Layers({
            "reshape_1": nn.Unflatten(1, (1, 8, 8)),
            "conv2d_1": nn.Conv2d(1, 4, 3, padding=1, bias=False),
            "batch_norm_1": nn.BatchNorm2d(4),
            "relu_1": nn.ReLU(),
            "residual_1": Residual({
                "conv2d_1": nn.Conv2d(4, 6, 3, padding=1),
                "group_norm_1": nn.GroupNorm(3, 6),
                "silu_1": nn.SiLU(),
            }, shortcut=nn.Conv2d(4, 6, 1, bias=False)),
            "max_pool2d_1": nn.MaxPool2d(2),
            "concat_1": Concat([
                {
                    "conv2d_1": nn.Conv2d(6, 3, 1),
                },
                {
                    "layer_norm_1_first": Permute(0, 2, 3, 1),
                    "layer_norm_1": nn.LayerNorm(6),
                    "layer_norm_1_last": Permute(0, 3, 1, 2),
                    "dense_1_first": Permute(0, 2, 3, 1),
                    "dense_1": nn.Linear(6, 5),
                    "dense_1_last": Permute(0, 3, 1, 2),
                },
            ]),
            "conv_transpose2d_1": nn.ConvTranspose2d(8, 4, 2, stride=2, groups=2),
            "instance_norm_1": nn.InstanceNorm2d(4, affine=True),
            "upsample2d_1": nn.Upsample(scale_factor=2, mode='bilinear'),
            "zero_pad2d_1": nn.ZeroPad2d((0, 1, 1, 0)),
            "avg_pool2d_1": nn.AvgPool2d(3, stride=2),
            "flatten_1_first": Permute(0, 2, 3, 1),
            "flatten_1": nn.Flatten(),
            "dense_1": nn.Linear(256, 10),
        })
    "
  `);
});

test('settings say the document in Python', async () => {
  expect(await textIn(EXPORTED['groups, clipping by value, penalties']!, 'settings.py')).toMatchInlineSnapshot(`
    """"What the document says of loss, optimizer and training."""
    import torch
    import torch.nn.functional as F

    import schedules


    SEED = 1
    # Decides the order of the rows.
    KEY = (3322985871, 592081551)
    STEPS = 10
    BATCH_SIZE = 16  # of all processes together
    ACCUMULATE = 1  # batches that make a step
    VALIDATE_EVERY = 3
    LOG_EVERY = 1
    SKIP_NON_FINITE = False
    EARLY_STOPPING = None


    CLASSIFICATION = True


    def losses(outputs, targets):
        """The sum over the rows of a batch: what differs between processes is how many they have."""
        return F.cross_entropy(outputs, targets, reduction="sum")


    def weight(targets):
        """What the sum is divided by for the mean."""
        return float(len(targets))


    def classes(outputs):
        return outputs.argmax(dim=1)


    def classes_of_targets(targets):
        return targets


    LEARNING_RATE = 0.1  # before the schedule
    # Parameters that are no part of the training, and norms that use what they have kept.
    FROZEN = ["dense_1.weight", "dense_1.bias"]
    FROZEN_NORMS = []
    # Times the learning rate, the weight decay (biases and norms have none), and for which parameters.
    GROUPS = [
        (1, 0, ["batch_norm_1.weight", "batch_norm_1.bias", "dense_3.weight", "dense_3.bias"]),
        (3, 0, ["dense_2.weight", "dense_2.bias"]),
    ]


    def optimizer(parameters):
        groups = [{"params": [parameters[name] for name in names], "weight_decay": decay, "factor": factor} for factor, decay, names in GROUPS]
        return torch.optim.SGD(groups, lr=LEARNING_RATE, momentum=0, dampening=0, nesterov=False)


    def state(tensors, updates):
        """The state of a parameter after so many updates, from the tensors that Fathom keeps."""
        return dict(tensors)


    def factor(step):
        """On the learning rate of a step, counted from 0."""
        return 1.0


    def plateau():
        """What makes the learning rate fall after validations, if anything does."""
        return None


    def clip(parameters, norm):
        """Of the gradient of the loss, before penalties are added."""
        for parameter in parameters:
            parameter.grad.clamp_(-0.01, 0.01)


    # Coefficients of l1 * sum |w| and l2 / 2 * sum w².
    PENALTIES = {
        "dense_2.weight": (0.01, 0.1),
    }


    def penalty(parameters):
        return sum(float(l1 * parameters[name].abs().sum() + l2 / 2 * parameters[name].square().sum()) for name, (l1, l2) in PENALTIES.items())


    def add_penalties(parameters):
        with torch.no_grad():
            for name, (l1, l2) in PENALTIES.items():
                parameter = parameters[name]
                parameter.grad.add_(parameter, alpha=l2).add_(parameter.sign(), alpha=l1)


    def averaged_with(run):
        """No average of the weights is kept."""
        return None, 0
    "
  `);
  expect(await textIn(EXPORTED['schedules in a row']!, 'settings.py')).toContain(
    'return schedules.sequential(step, (lambda step: schedules.linear(step, start_factor=0.3333333333333333, end_factor=1, total_iters=2), lambda step: schedules.cosine_restarts(step, t_0=2, t_mult=2), lambda step: schedules.one_cycle(step, total_steps=4, pct_start=0.3, anneal_strategy="cos", div_factor=25, final_div_factor=10000, three_phase=False, top=2.9999999999999996),), (2, 6))',
  );
  expect(await textIn(EXPORTED['warm-up and plateau']!, 'settings.py')).toContain('return schedules.Plateau(start=3, factor=0.5, patience=0, threshold=0.3,');
});

test('all that PyTorch, or the export, has not is said at once', async () => {
  const hard = { type: 'activation', name: 'hard_sigmoid', params: { alpha: 0.3 } };
  const layers = [hard, { type: 'residual', layers: [{ type: 'dense', units: 2 }, hard] }, { type: 'dense', name: 'train', units: 2 }];
  const document = of({
    model: { layers },
    optimizer: { name: 'lion', learningRate: 0.1 },
    training: { steps: 2, batchSize: 4, onNonFinite: { rollBack: {} } },
  });
  await expect(exportPyTorch(document)).rejects.toThrow(
    [
      'the document cannot be written for PyTorch:',
      '  model: hard_sigmoid_1 (activation hard_sigmoid)',
      '  model: residual_1/hard_sigmoid_1 (activation hard_sigmoid)',
      '  model: a layer named train: modules of PyTorch have something of that name, give the layer another',
      '  optimizer lion: torch.optim has none',
      '  training.onNonFinite.rollBack: the exported loop has "stop" and "skip"',
    ].join('\n'),
  );
});

test('what needs a newer PyTorch asks for it where it begins', async () => {
  const norm = of({ model: { layers: [{ type: 'rms_norm' }, { type: 'dense', units: 2 }] } });
  expect(await textIn(norm, 'model.py')).toContain(
    'if not hasattr(torch.nn, "RMSNorm"):\n    raise SystemExit(f"this project has torch.nn.RMSNorm, which PyTorch has from 2.4 on',
  );
  const decoupled = of({ optimizer: { name: 'radam', learningRate: 0.1, decoupledWeightDecay: true } });
  expect(await textIn(decoupled, 'model.py')).toContain('from 2.1 on');
  expect(await textIn(decoupled, 'settings.py')).toContain('decoupled_weight_decay=True');
});

test('tensors go there and back, with outputs before inputs and channels first', () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i);
  for (const [path, shape, key, there] of [
    ['dense_1/weight', [4, 6], 'dense_1.weight', [6, 4]],
    ['block_1/conv2d_1/weight', [2, 1, 3, 4], 'block_1.conv2d_1.weight', [4, 3, 2, 1]],
    ['conv1d_1/weight', [2, 3, 4], 'conv1d_1.weight', [4, 3, 2]],
    ['batch_norm_1/gamma', [24], 'batch_norm_1.weight', [24]],
    ['batch_norm_1/running_variance', [24], 'batch_norm_1.running_var', [24]],
    ['residual_1/shortcut', [4, 6], 'residual_1.shortcut.weight', [6, 4]],
  ] as const) {
    const place = torchPlace(path, shape);
    expect(place).toMatchObject({ key, shape: there });
    const moved = toTorch({ shape, data }, place);
    expect(moved.shape).toEqual(there);
    expect(fromTorch(moved, shape, place)).toEqual({ shape, data });
  }
  expect([...permuted(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3], [1, 0])]).toEqual([1, 4, 2, 5, 3, 6]);
});

test('a schedule without a function in Python is named, also inside of others; all of ours have one', () => {
  const own = { name: 'sawtooth', period: 3 } as unknown as ScheduleDocument;
  const row = { name: 'sequential', schedules: [own, { name: 'warmup', steps: 2, then: own }], milestones: [4] } as unknown as ScheduleDocument;
  expect(unwritten(row)).toEqual(['sawtooth', 'sawtooth']);
  expect(Object.keys(SCHEDULES).flatMap((name) => unwritten({ name } as ScheduleDocument))).toEqual([]);
});
