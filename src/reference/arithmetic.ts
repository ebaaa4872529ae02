// What is computed element by element, and what makes or passes on elements.
import { combineOp } from '../ops/combine.ts';
import { equalOp, greaterOp, maximumOp, minimumOp, powerOp, powGradBaseOp, powGradExponentOp, safeDivideOp } from '../ops/compare.ts';
import { constantOp, tensorOp } from '../ops/constant.ts';
import { copyOp, stopGradientOp } from '../ops/copy.ts';
import { addOp, divideOp, multiplyOp, scaleOp, subtractOp } from '../ops/elementwise.ts';
import { castOp, compareOp, type Relation, whereOp } from '../ops/select.ts';
import { sameShape } from '../shape.ts';
import { broadcasted } from './shapes.ts';
import { map64, tensor64, zip64 } from './tensor64.ts';
import { type Reference, type Twin, twin } from './twin.ts';

const pair =
  (f: (a: number, b: number) => number): Reference =>
  (inputs, _attrs, { outputs }) => {
    const [a, b] = inputs.map((x) => (sameShape(x.shape, outputs[0]!.type.shape) ? x : broadcasted(x, outputs[0]!.type.shape)));
    return [zip64(a!, b!, f)];
  };

const RELATIONS: Readonly<Record<Relation, (a: number, b: number) => boolean>> = {
  equal: (a, b) => a === b,
  not_equal: (a, b) => a !== b,
  less: (a, b) => a < b,
  less_equal: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greater_equal: (a, b) => a >= b,
};

/** A number without its fraction, within what 32 bits and a float hold; the smallest integer for NaN. */
function toInteger(value: number): number {
  return Number.isNaN(value) ? -(2 ** 31) : Math.max(-(2 ** 31), Math.min(2 ** 31 - 128, Math.trunc(value)));
}

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(
    addOp,
    pair((a, b) => a + b),
  ),
  twin(
    subtractOp,
    pair((a, b) => a - b),
  ),
  twin(
    multiplyOp,
    pair((a, b) => a * b),
  ),
  twin(
    divideOp,
    pair((a, b) => a / b),
  ),
  twin(
    safeDivideOp,
    pair((a, b) => (b === 0 ? 0 : a / b)),
  ),
  twin(
    powerOp,
    pair((a, b) => a ** b),
  ),
  twin(
    powGradBaseOp,
    pair((a, b) => (b === 0 ? 0 : b * a ** (b - 1))),
  ),
  twin(
    powGradExponentOp,
    pair((a, b) => (a === 0 ? 0 : a ** b * Math.log(a))),
  ),
  twin(maximumOp, pair(Math.max)),
  twin(minimumOp, pair(Math.min)),
  twin(
    greaterOp,
    pair((a, b) => (a > b ? 1 : a === b ? 0.5 : 0)),
  ),
  twin(
    equalOp,
    pair((a, b) => (a === b ? 1 : 0)),
  ),
  twin(combineOp, ([a, b], { factors: [p, q] }) => [zip64(a!, b!, (x, y) => p * x + q * y)]),
  twin(scaleOp, ([x], { factor }) => [map64(x!, (value) => factor * value)]),
  twin(compareOp, ([a, b], { relation }) => [zip64(a!, b!, (p, q) => Number(RELATIONS[relation](p, q)))]),
  twin(whereOp, ([mask, a, b]) => [map64(a!, (value, i) => (mask!.data[i] !== 0 ? value : b!.data[i]!))]),
  twin(castOp, ([x], { dtype }) => [dtype === 'i32' ? map64(x!, toInteger) : x!]),
  twin(constantOp, (_inputs, { value, type }) => [tensor64(type.shape, () => value)]),
  twin(tensorOp, (_inputs, { type, values }) => [tensor64(type.shape, values)]),
  twin(copyOp, ([x]) => [x!]),
  twin(stopGradientOp, ([x]) => [x!]),
];
