// Files from before paths were kind and number: there a path was the layer's index in its block and its kind, `2.dense/weight` or
// `4.residual/0.dense/weight`, and branches counted from 0, `2.concat/branch0/0.dense/weight`. They still load.
import type { HostTensor } from '../shape.ts';

/** A layer in an old path. */
const OLD = /^(\d+)\.([\w-]+)$/;

/** How a part of a path counts, in an old path or a new one: its kind and its number. Undefined for anything but a layer or a branch. */
function partOf(part: string): { kind: string; number: number } | undefined {
  const old = OLD.exec(part);
  if (old) return { kind: old[2]!, number: Number(old[1]) };
  const named = /^(branch)(\d+)$/.exec(part) ?? /^(.+)_(\d+)$/.exec(part);
  return named ? { kind: named[1]!, number: Number(named[2]) } : undefined;
}

/**
 * Each path under a name that old and new paths share: its layers are counted among those of their kind in their block of which there are tensors. Both
 * files and models have tensors of the same layers in the same order, so what is counted alike is alike.
 */
function counted(paths: Iterable<string>): Map<string, string> {
  const all = [...paths].map((path) => path.split('/'));
  const numbers = new Map<string, Set<number>>();
  const kindIn = (parts: readonly string[], at: number, kind: string): string => [...parts.slice(0, at), kind].join('/');
  for (const parts of all)
    parts.slice(0, -1).forEach((part, at) => {
      const counts = partOf(part);
      if (!counts) return;
      const of = kindIn(parts, at, counts.kind);
      numbers.set(of, (numbers.get(of) ?? new Set()).add(counts.number));
    });
  const ranks = new Map([...numbers].map(([of, found]) => [of, [...found].sort((a, b) => a - b)]));
  return new Map(
    all.map((parts) => {
      const names = parts.map((part, at) => {
        const counts = at < parts.length - 1 ? partOf(part) : undefined;
        return counts ? `${counts.kind}_${ranks.get(kindIn(parts, at, counts.kind))!.indexOf(counts.number) + 1}` : part;
      });
      return [names.join('/'), parts.join('/')];
    }),
  );
}

/** The first layer with an old path; undefined where there is none. */
export function oldLayerOf(paths: Iterable<string>): string | undefined {
  for (const path of paths) for (const part of path.split('/').slice(0, -1)) if (OLD.test(part)) return part;
  return undefined;
}

const depthOf = (path: string): number => path.split('/').length;

/** The tensors of a file by the paths of a model; as they are where their paths are not old. */
export function withNewPaths(tensors: Map<string, HostTensor>, expected: Iterable<string>): Map<string, HostTensor> {
  if (oldLayerOf(tensors.keys()) === undefined) return tensors;
  const wanted = [...expected];
  const depth = wanted.reduce((max, path) => Math.max(max, depthOf(path)), 0);
  // Of another model, and perhaps of no model at all: there may be a million parts.
  if ([...tensors.keys()].some((path) => depthOf(path) > depth)) return tensors;
  const paths = counted(wanted);
  return new Map([...counted(tensors.keys())].map(([name, old]) => [paths.get(name) ?? name, tensors.get(old)!]));
}
