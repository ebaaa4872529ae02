// Histories by formula: every figure of a run is a function of step and layer, a healthy default where none is given.
import { expect } from 'vitest';
import { diagnose, type Finding, findingWords, RULES, type Rule, type RuleId } from '../../src/inspect/diagnose/index.ts';
import type { History, HistoryData, LayerInfo, LayerRecord, StepRecord, TensorKind, TensorStats, ValidationRecord } from '../../src/inspect/history.ts';

export function stats(given: Partial<TensorStats> = {}): TensorStats {
  const rms = given.rms ?? given.std ?? 1;
  const count = given.count ?? 2048;
  return {
    count,
    rms,
    l2: rms * Math.sqrt(count),
    mean: 0,
    std: rms,
    min: -3 * rms,
    max: 3 * rms,
    absMean: 0.8 * rms,
    zeroFraction: 0,
    nanCount: 0,
    infCount: 0,
    ...given,
  };
}

export function layers(hidden: number, given: Partial<LayerInfo> = {}): LayerInfo[] {
  return Array.from({ length: hidden + 1 }, (_, l) => ({
    name: `dense_${l + 1}`,
    activation: 'relu',
    fanIn: 64,
    width: 64,
    batchNorm: false,
    residual: false,
    ...given,
    ...(l === hidden ? { role: 'output' as const, activation: 'linear', batchNorm: false, residual: false } : { role: 'hidden' as const }),
  }));
}

/** Figures at step t (from 1) of layer l (from 0). */
export interface Shape {
  layers: LayerInfo[];
  steps?: number;
  /** Layers are looked at in these steps; all by default. */
  probed?: (t: number) => boolean;
  firstStep?: number;
  /** Losses are means over epochs. */
  averaged?: true;
  loss?: (t: number) => number;
  norm?: (t: number) => number;
  learningRate?: (t: number) => number;
  tensors?: Partial<Record<TensorKind, (l: number, t: number) => Partial<TensorStats>>>;
  without?: TensorKind[];
  ratio?: (l: number, t: number) => { l2: number; absMean: number };
  dead?: (l: number, t: number) => number;
  saturated?: (l: number, t: number) => number;
  ranks?: (l: number, t: number) => { effectiveRank: number; rowSpread: number };
  validations?: ValidationRecord[];
  task?: History['task'];
  facts?: History['facts'];
  penalty?: (t: number) => number;
}

const HEALTHY: Record<TensorKind, Partial<TensorStats>> = {
  z: { std: 1 },
  h: { rms: 0.7, zeroFraction: 0.5 },
  delta: { rms: 1e-3 },
  weight_gradient: { rms: 1e-2, count: 4096 },
  weight: { rms: 0.18, count: 4096 },
  update: { rms: 2e-4, count: 4096 },
};

/** Plain data, whose records a test may change. */
export type PlainHistory = HistoryData & { steps: StepRecord[] };

export function history(shape: Shape): PlainHistory {
  const steps = Array.from({ length: shape.steps ?? 50 }, (_, index): StepRecord => {
    const step = (shape.firstStep ?? 1) + index;
    const record: StepRecord = {
      step,
      epoch: 0,
      loss: shape.loss?.(step) ?? 2.3 * Math.exp(-step / 30),
      regularizationLoss: shape.penalty?.(step) ?? 0,
      gradientNorm: shape.norm?.(step) ?? 0.5,
      learningRate: shape.learningRate?.(step) ?? 0.01,
    };
    if (shape.probed?.(step) ?? true)
      record.layers = shape.layers.map((info, l): LayerRecord => {
        const kinds = (Object.keys(HEALTHY) as TensorKind[]).filter((kind) => !shape.without?.includes(kind));
        return {
          tensors: Object.fromEntries(kinds.map((kind) => [kind, stats({ ...HEALTHY[kind], ...shape.tensors?.[kind]?.(l, step) })])),
          updateToWeight: shape.ratio?.(l, step) ?? { l2: 1e-3, absMean: 1e-3 },
          ...(info.activation === 'relu' ? { deadFraction: shape.dead?.(l, step) ?? 0.02 } : {}),
          ...(info.activation === 'tanh' || info.activation === 'sigmoid' ? { saturatedFraction: shape.saturated?.(l, step) ?? 0.05 } : {}),
          ...(shape.ranks?.(l, step) ?? { effectiveRank: 8, rowSpread: 0.4 }),
        };
      });
    return record;
  });
  return {
    layers: shape.layers,
    steps,
    validations: shape.validations ?? [],
    task: shape.task ?? { kind: 'classification', classes: 10 },
    ...(shape.averaged ? { averaged: true as const } : {}),
    ...(shape.facts ? { facts: shape.facts } : {}),
  };
}

/** Checks every ten steps from two loss curves and, where given, an accuracy. */
export function checks(count: number, train: (k: number) => number, validation: (k: number) => number, accuracy?: (k: number) => number): ValidationRecord[] {
  return Array.from({ length: count }, (_, k) => ({
    step: 10 * (k + 1),
    epoch: k + 1,
    trainLoss: train(k),
    validationLoss: validation(k),
    ...(accuracy ? { validationAccuracy: accuracy(k) } : {}),
  }));
}

/** Repeatable noise in [-1, 1] from an index. */
export function noise(index: number): number {
  const h = Math.imul(index + 1, 2654435761) ^ 0x9e3779b9;
  return ((Math.imul(h ^ (h >>> 15), 2246822519) >>> 8) / 2 ** 24) * 2 - 1;
}

/** The loss of knowing nothing about ten classes, and a run that stays there. */
export const chance: number = Math.log(10);
export const stuckLoss = (): number => chance;

/** The finding of one rule, asked alone. */
export function ask(rule: RuleId, given: HistoryData | Shape, levels: Record<string, number> = {}): Finding | undefined {
  const { findings: found } = diagnose('validations' in given && Array.isArray(given.steps) ? (given as HistoryData) : history(given as Shape), {
    rules: [rule],
    levels: { [rule]: levels },
  });
  expect(found.length).toBeLessThanOrEqual(1);
  for (const finding of found) expectWords(finding);
  return found[0];
}

/** The words of a finding ask for no figure that it has not. */
function expectWords(finding: Finding): void {
  const { levels }: Rule = RULES[finding.rule as RuleId];
  const given = [...Object.keys(finding.evidence), 'depth', 'gradient', ...('warn' in levels ? ['limit'] : [])];
  for (const { title, evidence } of Object.values(findingWords(finding))) {
    expect(title).toMatch(/[^.]$/);
    for (const [, place] of evidence.matchAll(/\{(\w+)\}/g)) expect(given, `${finding.rule}: ${evidence}`).toContain(place);
  }
}

/** rms delta that falls or grows geometrically to `ratio` at the first of `hidden` layers. */
export const falling =
  (ratio: number, hidden: number) =>
  (l: number): { rms: number } => ({ rms: 1e-3 * ratio ** ((hidden - 1 - l) / (hidden - 1)) });
