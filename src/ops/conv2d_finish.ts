// What follows a convolution in the same dispatch, transposed or not. A dense layer writes its own (dense.ts): it is in every program, where sharing these costs
// 50 bytes after gzip.
import type { Node, Value } from '../graph/graph.ts';
import type { Source } from '../kernel.ts';
import { type ActivationAttrs, activationOverrides, activationSources } from './activations.ts';
import type { FusedProductAttrs } from './fused_product.ts';
import { EPILOGUE, type Finish } from './matmul.ts';
import { storedZVariants } from './stored_z.ts';

const finish = (module: Source, activation: ActivationAttrs, bindings: readonly Value[]): Finish => ({
  module,
  link: activationSources(activation),
  overrides: activationOverrides(activation),
  bindings,
});

/** What follows the product in h = act(product + bias). */
export const biasActivation = (activation: ActivationAttrs, bias: Value): Finish => finish(EPILOGUE.biasActivation, activation, [bias]);

/** The same in each dispatch of its node: one, or two where z is stored for probes alone. */
export function biasActivations<Product>(node: Node<FusedProductAttrs<Product>>, bias: Value): Finish[] {
  const { activation } = node.attrs;
  return storedZVariants(node, node.attrs).map(({ storing, when }) => ({
    ...(storing ? finish(EPILOGUE.biasActivationStoreZ, activation, [bias, node.outputs[0]!]) : biasActivation(activation, bias)),
    when,
  }));
}

/** What follows the product in dz = product * act'(z), by what the activation has saved. */
export const activationGrad = (activation: ActivationAttrs, saved: Value): Finish => finish(EPILOGUE.activationGrad, activation, [saved]);
