// What the fused forms of a product have in common: those of a dense layer, and those of a convolution, transposed or not.
import type { Node, Value } from '../graph/graph.ts';
import { type ActivationAttrs, activationOverrides, activationSources } from './activations.ts';
import { EPILOGUE, type Finish } from './matmul.ts';
import { type StoredZ, storedZVariants } from './stored_z.ts';

/** h = act(product + bias): outputs [z,] h. */
export interface FusedProductAttrs<Product> extends StoredZ {
  readonly activation: ActivationAttrs;
  /** The attributes of the product. */
  readonly product: Product;
  /** Of the outputs: those of the product, or others where a reshape stood between it and the activation. */
  readonly shapes: readonly (readonly number[])[];
}

/** dz = product * act'(z), the gradient of a layer's input. */
export interface FusedInputGradAttrs<Product> {
  readonly activation: ActivationAttrs;
  readonly product: Product;
  /** Of dz: that of the product, or another where a reshape stood between. */
  readonly shape: readonly number[];
}

/** What follows the product in h = act(product + bias). */
export const biasActivation = (activation: ActivationAttrs, bias: Value): Finish => ({
  module: EPILOGUE.biasActivation,
  link: activationSources(activation),
  overrides: activationOverrides(activation),
  bindings: [bias],
});

/** The same in each dispatch of its node: one, or two where z is stored for probes alone. */
export function biasActivations<Product>(node: Node<FusedProductAttrs<Product>>, bias: Value): Finish[] {
  const plain = biasActivation(node.attrs.activation, bias);
  const storingZ = { ...plain, module: EPILOGUE.biasActivationStoreZ, bindings: [bias, node.outputs[0]!] };
  return storedZVariants(node, node.attrs).map(({ storing, when }) => ({ ...(storing ? storingZ : plain), when }));
}

/** What follows the product in dz = product * act'(z), by what the activation has saved. */
export const activationGrad = (activation: ActivationAttrs, saved: Value): Finish => ({
  module: EPILOGUE.activationGrad,
  link: activationSources(activation),
  overrides: activationOverrides(activation),
  bindings: [saved],
});
