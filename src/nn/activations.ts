// Activations as layers: `tanh()`, `leakyRelu({ alpha: 0.2 })`. ops/activation_table.ts defines each; a new one has its line here, and
// tests/math/layers.test.ts names one that has none. Each is a constant of its own, so that a program carries those alone that it names.
import * as entries from '../ops/activation_table.ts';
import { activationConstructor } from './activation_constructor.ts';

/** The identity, x. */
export const linear = activationConstructor(entries.linear);
/** max(x, 0) (Nair & Hinton 2010). */
export const relu = activationConstructor(entries.relu);
/** x where positive, alpha x elsewhere; alpha of at least 0 is 0.01 by default (Maas 2013). */
export const leakyRelu = activationConstructor(entries.leaky_relu);
/** x where positive, alpha (e^x - 1) elsewhere; alpha is 1 by default (Clevert 2015). */
export const elu = activationConstructor(entries.elu);
/** Scaled ELU, whose constants keep mean 0 and variance 1 (Klambauer 2017). */
export const selu = activationConstructor(entries.selu);
/** x where positive, alpha (e^(x / alpha) - 1) elsewhere; alpha is 1 by default (Barron 2017). */
export const celu = activationConstructor(entries.celu);
/** x Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016). */
export const gelu = activationConstructor(entries.gelu);
/** `gelu` by the approximation with tanh, as GPT-2 has it. */
export const geluTanh = activationConstructor(entries.gelu_tanh);
/** x sigmoid(x), also called swish (Elfwing 2017, Ramachandran 2017). */
export const silu = activationConstructor(entries.silu);
/** x tanh(softplus(x)) (Misra 2019). */
export const mish = activationConstructor(entries.mish);
/** 1 / (1 + e^-x). */
export const sigmoid = activationConstructor(entries.sigmoid);
/** x / 6 + 1/2 between 0 and 1, PyTorch's hardsigmoid. */
export const hardSigmoid = activationConstructor(entries.hard_sigmoid);
/** The hyperbolic tangent. */
export const tanh = activationConstructor(entries.tanh);
/** log(1 + e^(beta x)) / beta, and x where beta x is above `threshold`; beta is 1 and threshold 20 by default. */
export const softplus = activationConstructor(entries.softplus);
/** log sigmoid(x), without overflow. */
export const logSigmoid = activationConstructor(entries.log_sigmoid);
/** x / (1 + |x|). */
export const softsign = activationConstructor(entries.softsign);
/** x hardSigmoid(x) (Howard 2019). */
export const hardSwish = activationConstructor(entries.hard_swish);
/** min(max(x, 0), 6). */
export const relu6 = activationConstructor(entries.relu6);
/** x moved towards 0 by lambda, and 0 within lambda of it; lambda is 0.5 by default. */
export const softshrink = activationConstructor(entries.softshrink);
