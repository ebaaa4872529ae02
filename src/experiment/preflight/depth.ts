import { EXPLODING, VANISHING } from '../../inspect/diagnose/depth_levels.ts';
import { depthProfiles, profiled } from '../../inspect/diagnose/depth_profile.ts';
import { figure, firstSampled } from '../../inspect/diagnose/read.ts';
import { hiddenTrunk, shallowText } from '../../inspect/places.ts';
import { failed, foundBy } from './by_rules.ts';
import { type Before, type BeforeCheck, fail, pass, unknown } from './check.ts';

/** Norm of delta of the first hidden place of the trunk over that of the last, as theory expects it. */
export function predictedRatio({ history, predicted }: Before): number | undefined {
  const trunk = hiddenTrunk(history);
  const first = predicted?.find(({ name }) => name === trunk[0]?.name);
  const last = predicted?.find(({ name }) => name === trunk.at(-1)?.name);
  if (!first || !last || first === last) return undefined;
  const size = ({ width, positions = 1 }: typeof first): number => Math.sqrt(width * positions);
  const ratio = (first.delta * size(first)) / (last.delta * size(last));
  return Number.isNaN(ratio) ? undefined : ratio;
}

/** Whether the gradient reaches the first layer and the signal the last: as theory expects it, and as the first step shows it. */
export const depth: BeforeCheck = {
  text: { en: { title: 'Depth' }, zh: { title: '深度' } },
  judge(before) {
    const { history } = before;
    const look = firstSampled(history, profiled(history));
    const found = foundBy(history, ['vanishing_with_depth', 'exploding_with_depth', 'forward_scale']);
    const expected = predictedRatio(before);
    const measured = look && depthProfiles(history, 3, [look])[0]?.ratio;
    const evidence = { ...(expected === undefined ? {} : { predictedRatio: expected }), ...(measured === undefined ? {} : { ratio: measured }) };
    if (found.length > 0) {
      const answer = failed(history, found);
      return { ...answer, evidence: { ...answer.evidence, ...evidence } };
    }
    const shallow = shallowText(history);
    if (shallow !== undefined) return pass(shallow);
    const places = `over ${hiddenTrunk(history).length} hidden layers`;
    const theory =
      expected === undefined
        ? 'Theory does not know this network'
        : `Theory expects the gradient of the first layer at ${figure(expected)} of that of the last, ${places}`;
    if (measured !== undefined)
      return pass(
        expected === undefined
          ? `The gradient of the first layer is ${figure(measured)} of that of the last, ${places}.`
          : `${theory}; the first step shows ${figure(measured)}.`,
        evidence,
      );
    if (expected === undefined) return unknown(`${theory}, and no first step was looked at.`);
    return expected < VANISHING.warn || expected > EXPLODING.warn ? fail(`${theory}.`, evidence) : pass(`${theory}.`, evidence);
  },
};
