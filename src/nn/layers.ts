// The list of layers. A layer of documents is a file in layers/ and a line in LAYERS; programs import its constructor by the exports below.

import * as activation from './layers/activation.ts';
import * as add from './layers/add.ts';
import * as avg_pool2d from './layers/avg_pool2d.ts';
import * as batch_norm from './layers/batch_norm.ts';
import * as concat from './layers/concat.ts';
import * as conv_transpose2d from './layers/conv_transpose2d.ts';
import * as conv1d from './layers/conv1d.ts';
import * as conv2d from './layers/conv2d.ts';
import * as dense from './layers/dense.ts';
import * as dropout from './layers/dropout.ts';
import type { LayerFeature } from './layers/feature.ts';
import * as flatten from './layers/flatten.ts';
import * as global_avg_pool2d from './layers/global_avg_pool2d.ts';
import * as graph from './layers/graph.ts';
import * as group_norm from './layers/group_norm.ts';
import * as instance_norm from './layers/instance_norm.ts';
import * as layer_norm from './layers/layer_norm.ts';
import * as max_pool2d from './layers/max_pool2d.ts';
import * as repeat from './layers/repeat.ts';
import * as reshape from './layers/reshape.ts';
import * as residual from './layers/residual.ts';
import * as rms_norm from './layers/rms_norm.ts';
import * as sequential from './layers/sequential.ts';
import * as upsample2d from './layers/upsample2d.ts';
import * as zero_pad2d from './layers/zero_pad2d.ts';

/** All layers of documents by type, with options, texts and theory. Bundlers drop what a program does not use. */
export const LAYERS = {
  dense,
  activation,
  batch_norm,
  layer_norm,
  rms_norm,
  group_norm,
  instance_norm,
  dropout,
  flatten,
  reshape,
  conv1d,
  conv2d,
  conv_transpose2d,
  max_pool2d,
  avg_pool2d,
  global_avg_pool2d,
  upsample2d,
  zero_pad2d,
  sequential,
  repeat,
  residual,
  graph,
  concat,
  add,
} as const satisfies Record<string, LayerFeature>;

export type { AvgPool2dOptions, MaxPool2dOptions } from '../ops/pool2d.ts';
export type { Upsample2dOptions } from '../ops/upsample2d.ts';
export { activation } from './layers/activation.ts';
export { add } from './layers/add.ts';
export { avgPool2d } from './layers/avg_pool2d.ts';
export { type BatchNormOptions, batchNorm } from './layers/batch_norm.ts';
export { concat } from './layers/concat.ts';
export { type ConvTranspose2dOptions, convTranspose2d } from './layers/conv_transpose2d.ts';
export { type Conv1dOptions, conv1d } from './layers/conv1d.ts';
export { type Conv2dOptions, conv2d } from './layers/conv2d.ts';
export { type DenseOptions, dense } from './layers/dense.ts';
export { type DropoutOptions, dropout } from './layers/dropout.ts';
export { flatten } from './layers/flatten.ts';
export { globalAvgPool2d } from './layers/global_avg_pool2d.ts';
export { type GroupNormOptions, groupNorm } from './layers/group_norm.ts';
export { type InstanceNormOptions, instanceNorm } from './layers/instance_norm.ts';
export { type LayerNormOptions, layerNorm } from './layers/layer_norm.ts';
export { maxPool2d } from './layers/max_pool2d.ts';
export { repeat } from './layers/repeat.ts';
export { type ReshapeOptions, reshape } from './layers/reshape.ts';
export { type ResidualOptions, residual } from './layers/residual.ts';
export { type RmsNormOptions, rmsNorm } from './layers/rms_norm.ts';
export { upsample2d } from './layers/upsample2d.ts';
export { type ZeroPad2dOptions, zeroPad2d } from './layers/zero_pad2d.ts';
