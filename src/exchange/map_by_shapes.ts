// A map of names for people to look over: modules of another network whose tensors have the shapes of ours, in their order.
import { shapeText } from '../shape.ts';

type Shapes = ReadonlyMap<string, readonly number[]>;

/** The modules of tensors, those of a kind together: a kind is what its tensors are called and their shapes. */
function byKind(shapes: Shapes): Map<string, string[]> {
  const modules = new Map<string, string[]>();
  for (const [name, shape] of shapes) {
    const at = name.lastIndexOf('.');
    const module = name.slice(0, Math.max(0, at));
    modules.set(module, [...(modules.get(module) ?? []), `${name.slice(at + 1)} ${shapeText(shape)}`]);
  }
  const kinds = new Map<string, string[]>();
  for (const [module, tensors] of modules) {
    const kind = tensors.sort().join(', ');
    kinds.set(kind, [...(kinds.get(kind) ?? []), module]);
  }
  return kinds;
}

/** Their names to ours, by module, where there are as many of each kind; undefined where not. `theirs` come in the order of their file, which need not be that of the network: numbers in names decide. */
export function mapByShapes(theirs: Shapes, ours: Shapes): Record<string, string> | undefined {
  const [there, here] = [byKind(theirs), byKind(ours)];
  if (there.size === 0 || there.size !== here.size) return undefined;
  const natural = new Intl.Collator('en', { numeric: true });
  const map: Record<string, string> = {};
  for (const [kind, modules] of here) {
    const others = there.get(kind)?.sort(natural.compare);
    if (others?.length !== modules.length || others.includes('')) return undefined;
    modules.forEach((module, i) => {
      map[`${others[i]}.*`] = `${module}.*`;
    });
  }
  return map;
}
