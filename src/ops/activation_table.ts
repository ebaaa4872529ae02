import linear from '../../shaders/activations/linear.wgsl';
import relu from '../../shaders/activations/relu.wgsl';
import sigmoid from '../../shaders/activations/sigmoid.wgsl';
import tanh from '../../shaders/activations/tanh.wgsl';
import type { Source } from '../kernel.ts';

export interface Activation {
  readonly file: string;
  readonly wgsl: string;
  readonly link?: readonly Source[];
  readonly params: Readonly<Record<string, number>>;
  readonly gradientFrom: 'input' | 'output';
  value(x: number, p: Readonly<Record<string, number>>): number;
  derivative(x: number, p: Readonly<Record<string, number>>): number;
  readonly saturation?: { readonly low?: number; readonly high?: number };
  readonly deadAtZero: boolean;
}
const s = (x: number): number => 1 / (1 + Math.exp(-x));
export const ACTIVATIONS = {
  linear: { file: 'activations/linear', wgsl: linear, params: {}, gradientFrom: 'output', value: (x) => x, derivative: () => 1, deadAtZero: false },
  relu: { file: 'activations/relu', wgsl: relu, params: {}, gradientFrom: 'output', value: (x) => Math.max(0, x), derivative: (x) => (x > 0 ? 1 : 0), deadAtZero: true },
  tanh: { file: 'activations/tanh', wgsl: tanh, params: {}, gradientFrom: 'output', value: Math.tanh, derivative: (x) => 1 - Math.tanh(x) ** 2, saturation: { low: -0.97, high: 0.97 }, deadAtZero: false },
  sigmoid: { file: 'activations/sigmoid', wgsl: sigmoid, params: {}, gradientFrom: 'output', value: s, derivative: (x) => s(x) * s(-x), saturation: { low: 0.03, high: 0.97 }, deadAtZero: false },
} as const satisfies Record<string, Activation>;
export type ActivationName = keyof typeof ACTIVATIONS;
