// Every elementwise function by name: the activations and the others.
import { ACTIVATIONS, type Activation } from '../../src/ops/activation_table.ts';
import { UNARY } from '../../src/ops/unary_table.ts';

export const FUNCTIONS: Readonly<Record<string, Activation>> = { ...ACTIVATIONS, ...UNARY };
