// What a fused kernel with an activation does with z, the input of the activation: unused, read by other nodes, or read only by probes.
import type { Node, Value } from '../graph/graph.ts';
import type { FusionContext } from '../graph/op.ts';
import type { When } from '../groups.ts';

export interface StoredZ {
  /** True where z is an output too, the first. */
  readonly storeZ: boolean;
  /** Groups that alone read z: it is written in their steps only. Empty: in all. */
  readonly observers: readonly string[];
}

export const NOT_STORED: StoredZ = { storeZ: false, observers: [] };

/** What to do with z once the activation is in the kernel that makes it. */
export function storedZOf(context: FusionContext, z: Value, activation: Node): StoredZ {
  const readers = context.readers(z).filter((node) => node !== activation);
  const rarely = !context.retained(z) && readers.every(({ op, attrs }) => (op.sampleEvery?.(attrs) ?? 1) > 1);
  return { storeZ: context.retained(z) || readers.length > 0, observers: rarely ? [...new Set(readers.map((node) => node.group))] : [] };
}

/** How a line about fusing says it. */
export function storedZText({ storeZ, observers }: StoredZ): string {
  return observers.length ? `, storing z for ${observers.join(' and ')}` : storeZ ? ', storing z' : '';
}

/** The dispatches of a node: one, or, if only probes read z, one that omits it and one that writes it in the steps of those probes. */
export function storedZVariants({ group }: Node, { storeZ, observers }: StoredZ): { storing: boolean; when: When }[] {
  if (observers.length === 0) return [{ storing: storeZ, when: { groups: [group], unless: [] } }];
  return [
    { storing: false, when: { groups: [group], unless: observers } },
    { storing: true, when: { groups: observers, unless: [] } },
  ];
}
