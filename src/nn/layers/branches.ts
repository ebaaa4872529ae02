// What layers of several branches share.
import { UsageError } from '../../errors.ts';
import { Graph, type Value } from '../../graph/graph.ts';
import {
  type AnyLayerRecord,
  type BuildContext,
  type CallableLayer,
  countBlocks,
  type Layer,
  type LayerLike,
  layerOf,
  layersOf,
  showGiven,
  type WrittenLayer,
} from '../layer.ts';
import type { TorchContext } from './feature.ts';

/** Branches over one input, each a list of layers. */
export type Branches = readonly (readonly (Layer | LayerLike)[])[];

/** A layer of several branches in a document. */
export interface BranchesDocument {
  branches: WrittenLayer[][];
}

export function branched(record: AnyLayerRecord, branches: Branches, join: (context: BuildContext, values: readonly Value[]) => Value): CallableLayer {
  const { type } = record;
  if (!Array.isArray(branches) || branches.length < 2 || Graph.of(branches[0]))
    throw new UsageError(
      `${type}: expected two branches or more, got ${Array.isArray(branches) && branches.length < 2 ? branches.length : showGiven(branches)}`,
    );
  const copied = Array.from(branches, (branch, i) => layersOf(`${type}: branch ${i}`, branch));
  return layerOf(
    record,
    {},
    (context, x) =>
      join(
        context,
        copied.map((branch, i) => context.nested(branch, x, `branch_${i + 1}/`)),
      ),
    {
      inside: branches as readonly (readonly Layer[])[],
      residualBlocks: countBlocks(copied.flat()),
      write: (to) => ({ type, branches: copied.map((branch, i) => to.layers(branch, `branch_${i + 1}/`)) }) as WrittenLayer,
    },
  );
}

/** A class of PyTorch modules over branches. */
export function torchBranches(type: string, branches: readonly WrittenLayer[][], { inside }: TorchContext): string | undefined {
  const found = branches.map((branch, i) => inside(branch, { below: `branch_${i + 1}/` }));
  return found.some((branch) => !branch) ? undefined : `${type}([\n    ${found.map((branch) => branch!.code.replaceAll('\n', '\n    ')).join(',\n    ')},\n])`;
}
