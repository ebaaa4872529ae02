// Lines in PyTorch, whose images and sequences have their channels first, for layers that go by the last axis.
import type { Image } from './feature.ts';

const permute = (axes: readonly number[]): string => `Permute(${axes.join(', ')})`;

/** Moves the channels behind the other axes: nothing for rows. */
export function channelsLast(image: Image = []): string[] {
  return image.length === 0 ? [] : [permute([0, ...image.map((_, d) => d + 2), 1])];
}

/** And back before them. */
export function channelsFirst(image: Image = []): string[] {
  return image.length === 0 ? [] : [permute([0, image.length + 1, ...image.map((_, d) => d + 1)])];
}

/** A line that goes by the last axis. */
export function onChannelsLast(line: string, image: Image): string[] {
  return [...channelsLast(image), line, ...channelsFirst(image)];
}
