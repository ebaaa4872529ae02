// What a fused kernel with an activation does with z, which the activation takes: nobody wants it, or others read it, or only probes look at it.
import type { Node, Value } from '../graph/graph.ts';
import type { FusionContext } from '../graph/op.ts';
import type { When } from '../groups.ts';

export interface Keep {
  /** True where z is an output too, the first. */
  readonly keepZ: boolean;
  /** Groups that alone read z: it is written in their steps only. Empty: in all. */
  readonly observers: readonly string[];
}

export const KEEP_NOTHING: Keep = { keepZ: false, observers: [] };

/** What to do with z once the activation is in the kernel that makes it. */
export function keepOf(context: FusionContext, z: Value, activation: Node): Keep {
  const readers = context.readers(z).filter((node) => node !== activation);
  const rarely = !context.kept(z) && readers.every(({ op, attrs }) => (op.sampleEvery?.(attrs) ?? 1) > 1);
  return { keepZ: context.kept(z) || readers.length > 0, observers: rarely ? [...new Set(readers.map((node) => node.group))] : [] };
}

/** How a line about fusing says it. */
export function keepText({ keepZ, observers }: Keep): string {
  return observers.length ? `, keeping z for ${observers.join(' and ')}` : keepZ ? ', keeping z' : '';
}

/** The dispatches of a node: one, or where z is only looked at one that leaves it out and, in the steps of those who look, one that writes it. */
export function keepVariants({ group }: Node, { keepZ, observers }: Keep): { keeping: boolean; when: When }[] {
  if (observers.length === 0) return [{ keeping: keepZ, when: { groups: [group], unless: [] } }];
  return [
    { keeping: false, when: { groups: [group], unless: observers } },
    { keeping: true, when: { groups: observers, unless: [] } },
  ];
}
