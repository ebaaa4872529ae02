import type { Activation } from './activation_table.ts';
export const UNARY: Readonly<Record<string, Activation>> = {};
