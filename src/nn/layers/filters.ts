// What layers of filters have in common: how many, how they start, what pulls at them, and the bias behind their product.
import { UsageError } from '../../errors.ts';
import type { Value } from '../../graph/graph.ts';
import { addOp } from '../../ops/elementwise.ts';
import { BIAS_INITIALIZER, type Fans, type Initializer, WEIGHT_INITIALIZER, withFans } from '../initializers.ts';
import type { BuildContext } from '../layer.ts';

/** Options of a layer of filters, beside those of its windows. */
export interface FilterOptions {
  /** Channels that it gives. */
  filters: number;
  /** True by default. */
  bias?: boolean;
  /** How the weight starts; he_normal by default. Its fans are those of PyTorch: of a convolution, the fan-in is the numbers that a window sees. */
  initializer?: Initializer;
  /** How the bias starts; at 0 by default. Of a scheme by fans, these are the weight's. */
  biasInitializer?: Initializer;
  /** Penalty l1 * sum |W|; 0 by default. */
  l1?: number;
  /** Penalty l2 / 2 * sum W²; 0 by default. */
  l2?: number;
}

/** The table of `FilterOptions` but the filters themselves, which stand first. */
/* @__NO_SIDE_EFFECTS__ */
export function filterOptions() {
  return {
    bias: { type: 'boolean', default: true },
    initializer: { ...WEIGHT_INITIALIZER, default: { scheme: 'he_normal' } },
    biasInitializer: { ...BIAS_INITIALIZER, default: { scheme: 'constant' } },
    l1: { type: 'number', min: 0, default: 0 },
    l2: { type: 'number', min: 0, default: 0 },
  } as const;
}

/** Throws a UsageError where the filters do not fall into the groups. */
export function requireGrouped(type: string, filters: number, groups: number): void {
  if (filters % groups !== 0) throw new UsageError(`${type}: filters: expected a multiple of the ${groups} groups, got ${filters}`);
}

/** The product plus a bias for each filter, where one is wanted. */
export function addBias(
  context: BuildContext,
  product: Value,
  { filters, bias, biasInitializer }: Required<Pick<FilterOptions, 'filters' | 'bias' | 'biasInitializer'>>,
  fans: Fans,
): Value {
  if (!bias) return product;
  const { graph, path } = context;
  return graph.apply(addOp, [product, context.parameter('bias', [filters], withFans(biasInitializer, ...fans), { decay: false })], {}, `${path}/z`)[0]!;
}
