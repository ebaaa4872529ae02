// Updates of all parameters in one dispatch over the arenas; PyTorch's conventions.
import updateText from '../../shaders/update.wgsl';
import plainText from '../../shaders/updates/plain.wgsl';
import type { Op, PersistentBuffer } from '../graph/op.ts';
import { type Kernel, kernel, type Source } from '../kernel.ts';
import { type FactorsOf, hyperTable } from './hyper.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID, HIDDEN, NORM, persistent, RUN_STATE, workgroupsFor } from './kernels.ts';
import { storedZVariants } from './stored_z.ts';

/** What the update kernel is linked with: the step of an optimizer, shaders/optimizers/<name>.wgsl. */
export interface UpdateFunction {
  /** Its name, in checkpoints and labels. */
  readonly name: string;
  /** Its WGSL, which the update kernel is linked with. */
  readonly wgsl: string;
  /** Its bindings of state arenas, by name, from 6 on. */
  readonly states: readonly string[];
  /** Those of them that are means, sums or the largest of squares or of magnitudes, whatever the parameter: never below 0. */
  readonly squares?: readonly string[];
  /** What it is linked with itself. */
  readonly link?: readonly Source[];
}

export const updateKernel = kernel('update', updateText, {
  bindings: { run: 'read', hyper: 'read', gradients: 'read', parameters: 'read_write', stored: 'read_write' },
  params: { count: 'u32', clip_value: 'f32', weight_decay: 'f32', decoupled: 'u32' },
});

export interface UpdateAttrs {
  readonly update: UpdateFunction;
  /** The optimizer's hyperparameters, by the names and in the order of its WGSL struct. */
  readonly params: Readonly<Record<string, number>>;
  /** 0 by default. */
  readonly weightDecay?: number;
  /** True if weight decay shrinks the weights directly; by default it is an L2 term in the gradient. */
  readonly decoupled?: boolean;
  /** Largest element of the gradient; 0, the default, leaves it as it is. */
  readonly clipValue?: number;
  /** Factors on learning rate and weight decay; 1 by default. */
  readonly factors?: FactorsOf;
  /** Who looks at updates: groups, in the steps divisible by `every`. Nobody by default. */
  readonly observers?: { readonly groups: readonly string[]; readonly every: number };
}

/** Hyperparameters as the kernel takes them: WGSL has no empty struct. */
const hyperparametersOf = (params: UpdateAttrs['params']): UpdateAttrs['params'] => (Object.keys(params).length > 0 ? params : { unused: 0 });

/** What becomes of a step: it goes into the weights. Where it is stored for statistics, too, another module stands here. */
const PLAIN: Source = { file: 'updates/plain', text: plainText };

/**
 * Where a step that is looked at leaves what was asked for, in the layout of the parameters; and after that, from word `words` on, how far the
 * weights moved, a norm for four of them.
 */
export const storedUpdate = (words: number): PersistentBuffer => persistent('retained/update', words * 5);

/** Multiply-adds that the update of a parameter takes the time of: Adam's took 57 ns of a software adapter, 11 of another. */
const ELEMENT = 32;

/** Updates the parameter arena. Inputs: the gradients. */
export const updateOp: Op<UpdateAttrs> = {
  name: 'update',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { update, params, weightDecay = 0, decoupled = false, clipValue = 0, factors, observers } = node.attrs;
    const { words } = emit.layout;
    const own = hyperparametersOf(params);
    const ownTypes = Object.fromEntries(Object.keys(own).map((name) => [name, 'f32' as const]));
    const optimizer: Source = { file: `optimizers/${update.name}`, text: update.wgsl };
    const observerGroups = observers && observers.every > 1 ? observers.groups : [];
    for (const { storing, when } of storedZVariants(node, { storeZ: observers !== undefined, observers: observerGroups }))
      emit.dispatch({
        kernel: { ...(updateKernel as Kernel), params: { ...updateKernel.params, ...ownTypes } },
        link: [optimizer, ...(update.link ?? []), ...(storing ? [kernelsOf('seldom').STORING, NORM] : [PLAIN]), GRID, RUN_STATE, HIDDEN],
        params: { count: words / 4, clip_value: clipValue, weight_decay: weightDecay, decoupled: decoupled ? 1 : 0, ...own },
        bindings: {
          run: persistent('run'),
          hyper: hyperTable(emit.layout, factors),
          gradients: persistent('gradients'),
          parameters: persistent('parameters'),
          stored: storing ? storedUpdate(words) : emit.scratch('nothing_stored', 4),
        },
        moreBindings: update.states.map((_, i) => ({ access: 'read_write', target: persistent(`optimizer/${i}`) })),
        workgroups: workgroupsFor(words / 16),
        work: words * ELEMENT,
        reads: node.inputs,
        when,
      });
  },
};
