import { NO_TARGETS } from './outcome.ts';
import { fractionEvidence, lossFraction } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * The answers have collapsed onto some of the classes: two or more are given, and of the classes that make up `rows` rows or more of what was asked at least a share `share` is never the answer, on the
 * last validation rows or at the end. One class alone is `one_class_only`; of rare classes `class_imbalance` tells.
 */
export const classesLeftOut = rule({
  needs: [],
  minor: true,
  levels: { share: 0.4, rows: 5 },
  remedies: ['learning_rate', 'class_weights', 'optimizer'],
  text: {
    en: { title: 'Some classes are never answered', evidence: '{missing} of {classes} classes, in {rows} rows' },
    zh: { title: '部分类别从未被预测', evidence: '{rows} 行中 {classes} 类缺 {missing} 类' },
  },
  check(history, levels) {
    const { facts, task, validations, steps, nonFinite, predictedClasses } = history;
    if (nonFinite) return [];
    const output = facts?.outputs?.[0];
    const kind = output?.task ?? task?.kind;
    if (kind === undefined) return unchecked(NO_TARGETS);
    const last = validations.at(-1);
    const answers = last?.predictedClasses ?? predictedClasses;
    const counts = output?.targets?.counts;
    if (kind === 'regression' || !answers || answers.length < 3 || counts?.length !== answers.length) return [];
    const rows = answers.reduce((sum, count) => sum + count, 0);
    const all = counts.reduce((sum, count) => sum + count, 0);
    const expected = counts.flatMap((count, label) => ((count / all) * rows >= levels.rows ? [label] : []));
    const missing = expected.filter((label) => answers[label] === 0);
    const given = answers.filter((count) => count > 0).length;
    if (given < 2 || missing.length < 2 || missing.length < levels.share * expected.length) return [];
    const some = `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', ...' : ''}`;
    return [
      {
        severity: 'warn',
        step: last?.step ?? steps.numbers.at(-1)!,
        message: `${missing.length} of ${expected.length} classes are never the answer in ${rows} rows, though each should be in ${levels.rows} or more: ${some}.`,
        evidence: { missing: missing.length, classes: expected.length, rows, ...fractionEvidence(lossFraction(history)), level: levels.share },
      },
    ];
  },
});
