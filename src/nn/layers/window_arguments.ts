// Options of a pool as PyTorch's arguments.
import type { AvgPool2dOptions, MaxPool2dOptions } from '../../ops/pool2d.ts';
import { pairText } from './feature.ts';

export function windowArguments(document: MaxPool2dOptions | AvgPool2dOptions): string {
  const { kernelSize, stride, padding, dilation, ceilMode, countIncludePad } = document as MaxPool2dOptions & AvgPool2dOptions;
  return [
    pairText(kernelSize),
    ...(stride === undefined ? [] : [`stride=${pairText(stride)}`]),
    ...(padding === undefined ? [] : [`padding=${pairText(padding)}`]),
    ...(dilation === undefined ? [] : [`dilation=${pairText(dilation)}`]),
    ...(ceilMode ? ['ceil_mode=True'] : []),
    ...(countIncludePad === false ? ['count_include_pad=False'] : []),
  ].join(', ');
}
