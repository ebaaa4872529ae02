// Layers in a row as one block, in documents; for programs see nn/sequential.ts.
import type { Texts } from '../../texts.ts';
import type { Layer, LayerRecord, WrittenLayer } from '../layer.ts';
import { sequential } from '../sequential.ts';
import type { Sizing, Theory, Torch } from './feature.ts';

export const record = { type: 'sequential', role: 'container', holds: 'layers', options: {} } as const satisfies LayerRecord<Record<never, never>>;

/** Layers as one block, whose paths begin with its own: `sequential_1/dense_1`. */
interface SequentialDocument {
  layers: WrittenLayer[];
}

export const build = ({ layers }: SequentialDocument, built: (documents: readonly WrittenLayer[]) => Layer[]): Layer => sequential(built(layers)).layer;

export const size = ({ layers }: SequentialDocument, width: number, { after }: Sizing): number => after(layers, width, '.layers');

export const theory: Theory<SequentialDocument> = ({ layers }, { inside }) => inside(layers).steps;

export const torch: Torch<SequentialDocument> = ({ layers }, { inside }) => {
  const found = inside(layers);
  return found && `Layers(${found.code})`;
};

export const text: Texts = {
  en: { title: 'Block', summary: 'Layers in a row as one block, whose name begins their paths.' },
  zh: { title: '层块', summary: '依次排列的各层组成一块，其名称是各层路径的开头。' },
};
