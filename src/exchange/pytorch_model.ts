// The layers of a document as a module of PyTorch: each layer's line comes from its own file (src/nn/layers), here they get their names.
import type { LayerDocument } from '../experiment/document.ts';
import { residualBlocks } from '../experiment/layers.ts';
import { featureOf, nextPath } from '../experiment/registry/layers.ts';
import { sampleAfter } from '../experiment/size.ts';
import type { Image, TorchContext, TorchSample } from '../nn/layers/feature.ts';
import { LayerPaths } from '../nn/names.ts';

/** A model's code, and what of it PyTorch has not. */
export interface TorchModel {
  /** The layers as a dictionary by name. */
  readonly code: string;
  /** What the model gives. */
  readonly output: TorchSample;
  /** What has no line: a path, and why. */
  readonly missing: readonly string[];
}

/** What a module of PyTorch has beside its layers, and what those of layers.py add: no layer may be named so. */
const TAKEN = new Set(
  (
    'T_destination add_module apply bfloat16 branches buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float forward ' +
    'get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters names ' +
    'output parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook ' +
    'register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter ' +
    'register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ scale set_extra_state set_submodule share_memory shortcut state_dict to to_empty ' +
    'train training type wiring xpu zero_grad'
  ).split(' '),
);

const indented = (text: string): string => text.replaceAll('\n', '\n    ');

/** The layers of a document, which are given rows of so many numbers, or images of so many channels. */
export function torchModel(layers: readonly LayerDocument[], features: number, image?: Image): TorchModel {
  const paths = new LayerPaths();
  const missing: string[] = [];
  const blocks = residualBlocks(layers);

  const walk = (list: readonly LayerDocument[], prefix: string, given: TorchSample, lines: Map<string, string>): TorchSample =>
    list.reduce<TorchSample>((sample, layer) => {
      const { record, torch } = featureOf(layer);
      const inline = record.role === 'container' && record.inline;
      const path = inline ? prefix.slice(0, -1) : nextPath(paths, prefix, layer);
      let lost = false;
      const inside: TorchContext['inside'] = (those, { below = '', given: start = sample } = {}) => {
        const before = missing.length;
        const within = new Map<string, string>();
        const after = walk(those as readonly LayerDocument[], `${path}/${below}`, start, within);
        lost ||= missing.length > before;
        return missing.length > before ? undefined : { ...after, code: dictionary(within) };
      };
      const found = torch?.(layer, { inputs: sample.inputs, image: sample.image, residualBlocks: blocks, inside }) ?? null;
      if (found !== null && typeof found === 'object' && 'inPlace' in found) return walk(found.inPlace as LayerDocument[], prefix, sample, lines);
      if (found === null) {
        // What is inside has been named.
        if (!lost) missing.push(`${path} (${layer.type === 'activation' ? `activation ${layer.name}` : layer.type})`);
      } else place(lines, path.slice(prefix.length), [found].flat() as string[]);
      return torchAfter(layer, sample);
    }, given);

  /** Puts the lines of a layer under its name: that which holds its weights has the name itself. */
  const place = (lines: Map<string, string>, name: string, those: readonly string[]): void => {
    if (TAKEN.has(name)) missing.push(`a layer named ${name}: modules of PyTorch have something of that name, give the layer another`);
    const main = Math.max(
      0,
      those.findIndex((line) => !line.startsWith('Permute(')),
    );
    those.forEach((line, i) => {
      const wanted = i === main ? name : `${name}_${i < main ? 'first' : 'last'}`;
      let free = wanted;
      for (let number = 2; lines.has(free); number++) free = `${wanted}_${number}`;
      lines.set(free, line);
    });
  };

  const lines = new Map<string, string>();
  const output = walk(layers, '', { inputs: features, image }, lines);
  return { code: dictionary(lines), output, missing };
}

function torchAfter(layer: LayerDocument, { inputs, image }: TorchSample): TorchSample {
  const after = sampleAfter([layer], { width: inputs, ...(image ? { image } : {}) });
  return { inputs: after.width, image: after.image };
}

function dictionary(lines: ReadonlyMap<string, string>): string {
  if (lines.size === 0) return '{}';
  return `{\n${[...lines].map(([name, line]) => `    ${JSON.stringify(name)}: ${indented(line)},`).join('\n')}\n}`;
}
