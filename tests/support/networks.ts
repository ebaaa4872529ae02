// The convolutional networks of tests/fixtures/torch_networks.py: residual, with batch norm; depthwise separable, with group norm; and a U-net.
import type { Value } from '../../src/graph/graph.ts';
import { relu, silu } from '../../src/nn/activations.ts';
import { batchNorm, conv2d, convTranspose2d, dense, flatten, globalAvgPool2d, groupNorm, maxPool2d } from '../../src/nn/layers.ts';
import { type Model, model } from '../../src/nn/model.ts';
import { add, concat } from '../../src/ops/public.ts';

/** Height, width and channels of what they are given. */
export const IMAGE = [8, 8, 3] as const;

type Active = (x: Value) => Value;
const smooth: Active = (x) => silu()(x);

const conv = (x: Value, filters: number, kernelSize: number, more: { stride?: number; groups?: number; bias?: boolean } = {}): Value =>
  conv2d({ filters, kernelSize, padding: (kernelSize - 1) / 2, bias: false, ...more })(x);

function block(x: Value, filters: number, stride: number, active: Active): Value {
  const inner = active(batchNorm()(conv(x, filters, 3, { stride })));
  const branch = batchNorm()(conv(inner, filters, 3));
  return active(add(branch, stride === 1 ? x : conv(x, filters, 1, { stride })));
}

/** 6 n + 2 layers (He et al. 2016), with 4, 8 and 16 channels. */
const residual = (n: number, active: Active): Model =>
  model({ x: IMAGE }, ({ x }) => {
    let h = active(batchNorm()(conv(x, 4, 3)));
    for (const filters of [4, 8, 16]) for (let i = 0; i < n; i++) h = block(h, filters, i === 0 && filters > 4 ? 2 : 1, active);
    return { y: dense(5)(globalAvgPool2d()(h)) };
  });

export const resnet = (depth: number): Model => residual((depth - 2) / 6, (x) => relu()(x));

/** Channels, filters and stride of each pair of convolutions. */
const PAIRS = [
  [8, 12, 1],
  [12, 16, 2],
  [16, 16, 1],
  [16, 24, 1],
] as const;

export const NETWORKS = {
  resnet: residual(3, smooth),
  separable: model({ x: IMAGE }, ({ x }) => {
    let h = smooth(groupNorm({ groups: 2 })(conv(x, 8, 3, { stride: 2, bias: true })));
    for (const [channels, filters, stride] of PAIRS) {
      h = smooth(groupNorm({ groups: 4 })(conv(h, channels, 3, { stride, groups: channels })));
      h = smooth(groupNorm({ groups: 4 })(conv(h, filters, 1)));
    }
    return { y: dense(5)(globalAvgPool2d()(h)) };
  }),
  unet: model({ x: IMAGE }, ({ x }) => {
    const convolved = (of: Value, filters: number): Value => smooth(conv(of, filters, 3, { bias: true }));
    const pool = (of: Value): Value => maxPool2d({ kernelSize: 2 })(of);
    const a = convolved(x, 4);
    const b = convolved(pool(a), 8);
    const c = convolved(pool(b), 12);
    const d = convolved(concat([convTranspose2d({ filters: 8, kernelSize: 2, stride: 2 })(c), b], 3), 8);
    const up = convTranspose2d({ filters: 4, kernelSize: 3, stride: 2, padding: 1, outputPadding: 1 })(d);
    return { y: flatten()(conv(convolved(concat([up, a], 3), 4), 1, 1, { bias: true })) };
  }),
};
