// Updates of all parameters in one dispatch over the arenas; PyTorch's conventions.
import adadeltaText from '../../shaders/update_adadelta.wgsl';
import adagradText from '../../shaders/update_adagrad.wgsl';
import adamText from '../../shaders/update_adam.wgsl';
import adamaxText from '../../shaders/update_adamax.wgsl';
import amsgradText from '../../shaders/update_amsgrad.wgsl';
import nadamText from '../../shaders/update_nadam.wgsl';
import plainSgdText from '../../shaders/update_plain_sgd.wgsl';
import radamText from '../../shaders/update_radam.wgsl';
import rmspropText from '../../shaders/update_rmsprop.wgsl';
import sgdText from '../../shaders/update_sgd.wgsl';
import keepingText from '../../shaders/updates/keeping.wgsl';
import plainText from '../../shaders/updates/plain.wgsl';
import type { Op, Resident } from '../graph/op.ts';
import { type Kernel, kernel, type ParamType, type Source } from '../kernel.ts';
import { hyperTable } from './finish.ts';
import { keepVariants } from './keep.ts';
import { GRID, groupsFor, HIDDEN, NORM, RUN_STATE, resident, UPDATE } from './kernels.ts';

/** The rules of the optimizers; the reference has a twin of each. */
export type UpdateRule = 'plain_sgd' | 'sgd' | 'adam' | 'amsgrad' | 'adagrad' | 'rmsprop' | 'adadelta' | 'adamax' | 'nadam' | 'radam';

export interface UpdateKernel extends Kernel {
  readonly rule: UpdateRule;
  /** Its bindings of state arenas, by name. */
  readonly states: readonly string[];
}

/* @__NO_SIDE_EFFECTS__ */
function update(rule: UpdateRule, text: string, states: readonly string[], params: Record<string, ParamType>): UpdateKernel {
  const bindings: Record<string, 'read' | 'read_write'> = {
    run: 'read',
    hyper: 'read',
    gradients: 'read',
    parameters: 'read_write',
    kept: 'read_write',
  };
  for (const state of states) bindings[state] = 'read_write';
  return {
    ...kernel(`update_${rule}`, text, { bindings, params: { count: 'u32', clip_value: 'f32', weight_decay: 'f32', ...params }, overrides: { WORKGROUP: 64 } }),
    rule,
    states,
  };
}

export const plainSgdUpdate: UpdateKernel = update('plain_sgd', plainSgdText, [], {});
export const sgdUpdate: UpdateKernel = update('sgd', sgdText, ['velocity'], { momentum: 'f32', dampening: 'f32', nesterov: 'u32' });
export const adamUpdate: UpdateKernel = update('adam', adamText, ['mean', 'square'], { beta1: 'f32', beta2: 'f32', epsilon: 'f32', decoupled: 'u32' });
export const amsgradUpdate: UpdateKernel = update('amsgrad', amsgradText, ['mean', 'square', 'largest'], {
  beta1: 'f32',
  beta2: 'f32',
  epsilon: 'f32',
  decoupled: 'u32',
});
export const adagradUpdate: UpdateKernel = update('adagrad', adagradText, ['square'], { rate_decay: 'f32', epsilon: 'f32', initial: 'f32' });
export const rmspropUpdate: UpdateKernel = update('rmsprop', rmspropText, ['square', 'velocity', 'mean'], {
  alpha: 'f32',
  epsilon: 'f32',
  momentum: 'f32',
  centered: 'u32',
});

export const adadeltaUpdate: UpdateKernel = update('adadelta', adadeltaText, ['square', 'step_square'], { rho: 'f32', epsilon: 'f32' });
export const adamaxUpdate: UpdateKernel = update('adamax', adamaxText, ['mean', 'largest'], { beta1: 'f32', beta2: 'f32', epsilon: 'f32' });
export const nadamUpdate: UpdateKernel = update('nadam', nadamText, ['mean', 'square', 'correction'], {
  beta1: 'f32',
  beta2: 'f32',
  epsilon: 'f32',
  momentum_decay: 'f32',
});
export const radamUpdate: UpdateKernel = update('radam', radamText, ['mean', 'square'], { beta1: 'f32', beta2: 'f32', epsilon: 'f32', longest: 'f32' });

export interface UpdateAttrs {
  readonly update: UpdateKernel;
  /** Parameters of the kernel by their WGSL names, without `count`. */
  readonly params: Readonly<Record<string, number>>;
  /** Who looks at updates: groups, in the steps divisible by `every`. Nobody by default. */
  readonly observers?: { readonly groups: readonly string[]; readonly every: number };
}

/** What becomes of a step: it goes into the weights, or it is kept for statistics, too. */
const PLAIN: Source = { file: 'updates/plain', text: plainText };
const KEEPING: Source = { file: 'updates/keeping', text: keepingText };

/**
 * Where a step that is looked at leaves what was asked for, in the layout of the parameters; and after that, from word `words` on, how far the
 * weights moved, a norm for four of them.
 */
export const keptUpdate = (words: number): Resident => resident('keep/update', words * 5);

/** Updates the parameter arena. Inputs: the gradients. */
export const updateOp: Op<UpdateAttrs> = {
  name: 'update',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { update: k, params, observers } = node.attrs;
    const { words } = emit.layout;
    const lookedBy = observers && observers.every > 1 ? observers.groups : [];
    for (const { keeping, when } of keepVariants(node, { keepZ: observers !== undefined, lookedBy }))
      emit.dispatch({
        kernel: k,
        link: [...(keeping ? [KEEPING, NORM] : [PLAIN]), GRID, RUN_STATE, HIDDEN, UPDATE],
        params: { count: words / 4, clip_value: 0, weight_decay: 0, ...params },
        bindings: {
          run: resident('run'),
          hyper: hyperTable(emit.layout),
          gradients: resident('gradients'),
          parameters: resident('parameters'),
          kept: keeping ? keptUpdate(words) : emit.scratch('nothing_kept', 4),
          ...Object.fromEntries(k.states.map((state, i) => [state, resident(`optimizer/${i}`)])),
        },
        workgroups: groupsFor(words / 16),
        reads: node.inputs,
        when,
      });
  },
};
