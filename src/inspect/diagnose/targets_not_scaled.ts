import { endEvidence, endWords, ofNumbers, ofPoorRuns, outputsOf, SYMPTOMS } from './outcome.ts';
import { figure } from './read.ts';
import { rule } from './rule.ts';

/**
 * Targets of a regression in their own unit, such as prices of 500,000: of a typical size above ten or a spread below 0.02, where a network at its first step
 * answers with numbers of about 1 (He's and Glorot's initial values keep the variance, LeCun 1998 wants targets of the same size). Adam then walks towards
 * them one rate a step, and the gradient of the squared error is as large as the targets. Only where the run learned less than half of what there is.
 */
export const targetsNotScaled = rule({
  needs: [],
  levels: { large: 10, small: 0.02 },
  remedies: ['scale_targets'],
  explains: SYMPTOMS,
  text: {
    large: {
      en: { title: 'Targets are not scaled', evidence: 'typical size {rms}, mean {mean}, standard deviation {std}' },
      zh: { title: '目标没有缩放', evidence: '典型大小 {rms}，均值 {mean}，标准差 {std}' },
    },
    small: {
      en: { title: 'Targets are too small', evidence: 'mean {mean}, standard deviation {std}' },
      zh: { title: '目标过小', evidence: '均值 {mean}，标准差 {std}' },
    },
  },
  check(history, levels) {
    return ofPoorRuns(history, outputsOf(history), 'targets', (outputs, severity) => {
      for (const output of outputs) {
        const { kind: of, mean, variance, min, max } = output.targets;
        if (!ofNumbers(output) || of === 'classes' || variance === 0) continue;
        const std = Math.sqrt(variance);
        const rms = Math.hypot(mean, std);
        const kind = rms > levels.large ? 'large' : std < levels.small ? 'small' : undefined;
        if (!kind) continue;
        const message = `The targets of ${output.name} lie between ${figure(min)} and ${figure(max)}, with a mean of ${figure(mean)} and a standard deviation of ${figure(std)}; ${endWords(history, figure)}.`;
        return [{ kind, severity, message, evidence: { rms, mean, std, min, max, ...endEvidence(history) } }];
      }
      return [];
    });
  },
});
