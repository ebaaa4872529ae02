// Why a data set's targets are none for a loss, in words. It is loaded where they are not.
import type { ColumnInfo } from '../data/source.ts';
import { DataError } from '../errors.ts';
import { isAlwaysRight, type TargetRule } from '../nn/targets.ts';
import { sizeOf } from '../shape.ts';
import type { Rules } from './objective.ts';

export interface WrongTargets {
  /** `data.train`. */
  readonly where: string;
  /** The tensor of the targets. */
  readonly target: string;
  readonly loss: string;
  readonly rule: TargetRule | undefined;
  readonly column: ColumnInfo | undefined;
  /** Numbers that the loss takes for a sample. */
  readonly expected: number;
  /** Outputs of the model. */
  readonly width: number;
}

export function wrongTargets({ where, target, loss, rule, column, expected, width }: WrongTargets): DataError {
  if (!column) return new DataError(`${where}: the tensor ${target} is missing: the loss ${loss} has its targets there`);
  const { classes, shape } = column;
  if (isAlwaysRight(rule, width)) return new DataError(`${where}: ${alwaysRight(loss, classes)}`);
  const got = sizeOf(shape);
  if (got !== expected) return new DataError(`${where}: the loss ${loss} expects ${expected} target columns for this model, got ${got}`);
  return new DataError(
    `${where} has ${classes} classes, but the model has ${width} outputs: give the last dense layer ${classes} units, or, where these data do not show all classes, their number as \`classes\``,
  );
}

/** Throws a DataError where batches to come can only be right. */
export function requireComparable(rules: Rules): void {
  for (const { rule, outputs, loss } of [...rules.values()].flat()) if (isAlwaysRight(rule, outputs)) throw new DataError(alwaysRight(loss));
}

/** Why no loss that compares outputs can learn from one of them. */
const alwaysRight = (loss: string, classes = 2): string =>
  `the loss ${loss} compares outputs, of which the model has one, so that every answer is right: give the last dense layer ${classes} units, or choose bceWithLogits for a yes or no`;
