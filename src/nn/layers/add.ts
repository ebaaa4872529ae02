// Branches whose outputs are added up.
import type { Texts } from '../../texts.ts';
import type { CallableLayer, Layer, LayerRecord, WrittenLayer } from '../layer.ts';
import { type Branches, type BranchesDocument, branched, torchBranches } from './branches.ts';
import type { Sizing, Theory, Torch } from './feature.ts';
import { sum } from './sum.ts';

export const record = { type: 'add', role: 'container', holds: 'branches', options: {} } as const satisfies LayerRecord<Record<never, never>>;

/**
 * Adds up the outputs of branches over one input.
 *
 * @param branches - Lists of layers, at least two, whose outputs have one width.
 * @returns A layer, [batch, inputs] -> [batch, outputs of a branch].
 * @throws UsageError for fewer than two branches, and for what is no list of layers.
 * @example
 * add([[dense(16), relu()], [dense(16)]]);
 */
export function add(branches: Branches): CallableLayer {
  return branched(record, branches, ({ graph, path }, values) => values.reduce((a, b) => sum(graph, a, b, `${path}/sum`)));
}

export const build = ({ branches }: BranchesDocument, built: (documents: readonly WrittenLayer[]) => Layer[]): Layer => add(branches.map(built));

export const size = ({ branches }: BranchesDocument, width: number, { after, limit }: Sizing): number => {
  const widths = branches.map((branch, i) => after(branch, width, `.branches[${i}]`));
  const joined = widths[0]!;
  limit(joined, 'its branches together have');
  return joined;
};

export const theory: Theory<BranchesDocument> = 'unknown';

export const torch: Torch<BranchesDocument> = ({ branches }, context) => torchBranches('Sum', branches, context);

export const text: Texts = {
  en: { title: 'Sum', summary: 'Adds up the outputs of its branches, which are of one width.' },
  zh: { title: '求和', summary: '把宽度相同的各分支输出相加。' },
};
