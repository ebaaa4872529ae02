// Branches whose outputs are put side by side.
import { concatOp } from '../../ops/concat.ts';
import type { Texts } from '../../texts.ts';
import type { CallableLayer, Layer, LayerRecord, WrittenLayer } from '../layer.ts';
import { type Branches, type BranchesDocument, branched, torchBranches } from './branches.ts';
import type { Sizing, Theory, Torch } from './feature.ts';

export const record = { type: 'concat', role: 'container', holds: 'branches', options: {} } as const satisfies LayerRecord<Record<never, never>>;

/**
 * Puts the outputs of branches over one input side by side, in order.
 *
 * @param branches - Lists of layers, at least two.
 * @returns A layer, [batch, inputs] -> [batch, sum of the branches' outputs].
 * @throws UsageError for fewer than two branches, and for what is no list of layers.
 * @example
 * concat([[dense(16), relu()], [dense(8), tanh()]]); // 24 features
 */
export function concat(branches: Branches): CallableLayer {
  return branched(
    record,
    branches,
    ({ graph, path }, values) => graph.apply(concatOp, values, { axis: values[0]!.type.shape.length - 1 }, `${path}/joined`)[0]!,
  );
}

export const build = ({ branches }: BranchesDocument, built: (documents: readonly WrittenLayer[]) => Layer[]): Layer => concat(branches.map(built));

export const size = ({ branches }: BranchesDocument, width: number, { after, limit }: Sizing): number => {
  const widths = branches.map((branch, i) => after(branch, width, `.branches[${i}]`));
  const joined = widths.reduce((sum, one) => sum + one, 0);
  limit(joined, 'its branches together have');
  return joined;
};

export const theory: Theory<BranchesDocument> = 'unknown';

export const torch: Torch<BranchesDocument> = ({ branches }, context) => torchBranches('Concat', branches, context);

export const text: Texts = {
  en: { title: 'Concatenation', summary: 'Puts the outputs of its branches side by side.' },
  zh: { title: '拼接', summary: '把各分支的输出并排拼接。' },
};
