// What the fused forms of a product have in common: those of a dense layer, and those of a convolution.
import type { ActivationAttrs } from './activations.ts';
import type { StoredZ } from './stored_z.ts';

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
