// Options of a pool as PyTorch's arguments.
import type { AvgPool2dOptions, MaxPool2dOptions } from '../../ops/pool2d.ts';
import type { PairOption } from '../../ops/windows.ts';

const pair = (value: PairOption): string => (typeof value === 'number' ? String(value) : `(${value.join(', ')})`);

export function windowArguments(document: MaxPool2dOptions | AvgPool2dOptions): string {
  const { kernelSize, stride, padding, dilation, ceilMode, countIncludePad } = document as MaxPool2dOptions & AvgPool2dOptions;
  return [
    pair(kernelSize),
    ...(stride === undefined ? [] : [`stride=${pair(stride)}`]),
    ...(padding === undefined ? [] : [`padding=${pair(padding)}`]),
    ...(dilation === undefined ? [] : [`dilation=${pair(dilation)}`]),
    ...(ceilMode ? ['ceil_mode=True'] : []),
    ...(countIncludePad === false ? ['count_include_pad=False'] : []),
  ].join(', ');
}
