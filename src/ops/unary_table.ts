// Elementwise functions that are no activations, in entries of the same kind.
import abs from '../../shaders/unary/abs.wgsl';
import ceil from '../../shaders/unary/ceil.wgsl';
import clip from '../../shaders/unary/clip.wgsl';
import exp from '../../shaders/unary/exp.wgsl';
import floor from '../../shaders/unary/floor.wgsl';
import log from '../../shaders/unary/log.wgsl';
import log1p from '../../shaders/unary/log1p.wgsl';
import neg from '../../shaders/unary/neg.wgsl';
import reciprocal from '../../shaders/unary/reciprocal.wgsl';
import round from '../../shaders/unary/round.wgsl';
import rsqrt from '../../shaders/unary/rsqrt.wgsl';
import sign from '../../shaders/unary/sign.wgsl';
import sqrt from '../../shaders/unary/sqrt.wgsl';
import square from '../../shaders/unary/square.wgsl';
import * as LIMITS from '../limits.ts';
import type { Activation } from './activation_table.ts';
import { LOGARITHM } from './wgsl_math.ts';

/** Where steps are, as far out as anybody tries them. */
const WHOLE = /* @__PURE__ */ Array.from({ length: 65 }, (_, i) => i - 32);
const HALVES = /* @__PURE__ */ WHOLE.map((n) => n + 0.5);

/** The nearest whole number; of two as near, the even one, as in IEEE 754. */
function roundToEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

// Names and calls alone, and no member of another object: esbuild keeps a table that reads one.
const INFINITY = Number.POSITIVE_INFINITY;
export const UNARY = {
  abs: {
    file: 'unary/abs',
    wgsl: abs,
    params: {},
    gradientFrom: 'input',
    value: (x) => Math.abs(x),
    derivative: (x) => Math.sign(x),
    kinks: () => [0],
    deadAtZero: false,
  },
  square: {
    file: 'unary/square',
    wgsl: square,
    params: {},
    gradientFrom: 'input',
    value: (x) => x * x,
    derivative: (x) => 2 * x,
    deadAtZero: false,
  },
  neg: {
    file: 'unary/neg',
    wgsl: neg,
    params: {},
    gradientFrom: 'output',
    value: (x) => -x,
    derivative: () => -1,
    deadAtZero: false,
  },
  exp: {
    file: 'unary/exp',
    wgsl: exp,
    params: {},
    gradientFrom: 'output',
    value: (x) => Math.exp(x),
    derivative: (x) => Math.exp(x),
    deadAtZero: false,
  },
  log: {
    file: 'unary/log',
    wgsl: log,
    link: [LOGARITHM],
    params: {},
    gradientFrom: 'input',
    value: (x) => Math.log(x),
    derivative: (x) => 1 / x,
    domain: [0, INFINITY],
    deadAtZero: false,
  },
  log1p: {
    file: 'unary/log1p',
    wgsl: log1p,
    link: [LOGARITHM],
    params: {},
    gradientFrom: 'input',
    value: (x) => Math.log1p(x),
    derivative: (x) => 1 / (1 + x),
    domain: [-1, INFINITY],
    deadAtZero: false,
  },
  sqrt: {
    file: 'unary/sqrt',
    wgsl: sqrt,
    params: {},
    gradientFrom: 'output',
    value: (x) => Math.sqrt(x),
    derivative: (x) => 0.5 / Math.sqrt(x),
    domain: [0, INFINITY],
    deadAtZero: false,
  },
  rsqrt: {
    file: 'unary/rsqrt',
    wgsl: rsqrt,
    params: {},
    gradientFrom: 'input',
    value: (x) => 1 / Math.sqrt(x),
    derivative: (x) => -0.5 / (x * Math.sqrt(x)),
    domain: [0, INFINITY],
    deadAtZero: false,
  },
  reciprocal: {
    file: 'unary/reciprocal',
    wgsl: reciprocal,
    params: {},
    gradientFrom: 'input',
    value: (x) => 1 / x,
    derivative: (x) => -1 / (x * x),
    kinks: () => [0],
    deadAtZero: false,
  },
  clip: {
    file: 'unary/clip',
    wgsl: clip,
    // A parameter must be finite, so "no bound" is the largest there is.
    params: { min: -LIMITS.float32, max: LIMITS.float32 },
    gradientFrom: 'input',
    value: (x, { min, max }: { min: number; max: number }) => Math.min(Math.max(x, min), max),
    derivative: (x, { min, max }: { min: number; max: number }) => (x >= min && x <= max ? 1 : 0),
    kinks: ({ min, max }: { min: number; max: number }) => [min, max],
    deadAtZero: false,
  },
  sign: {
    file: 'unary/sign',
    wgsl: sign,
    params: {},
    gradientFrom: 'input',
    value: (x) => Math.sign(x),
    derivative: () => 0,
    kinks: () => [0],
    deadAtZero: false,
  },
  floor: {
    file: 'unary/floor',
    wgsl: floor,
    params: {},
    gradientFrom: 'input',
    value: (x) => Math.floor(x),
    derivative: () => 0,
    kinks: () => WHOLE,
    deadAtZero: false,
  },
  ceil: {
    file: 'unary/ceil',
    wgsl: ceil,
    params: {},
    gradientFrom: 'input',
    value: (x) => Math.ceil(x),
    derivative: () => 0,
    kinks: () => WHOLE,
    deadAtZero: false,
  },
  round: {
    file: 'unary/round',
    wgsl: round,
    params: {},
    gradientFrom: 'input',
    value: roundToEven,
    derivative: () => 0,
    kinks: () => HALVES,
    deadAtZero: false,
  },
} as const satisfies Record<string, Activation>;

export type UnaryName = keyof typeof UNARY;
