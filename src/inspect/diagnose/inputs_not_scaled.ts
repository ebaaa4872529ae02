import type { InputFacts } from '../facts.ts';
import type { History } from '../history.ts';
import { endEvidence, endFraction, endWords, gravity, learnedHalf, ofPoorRuns, poorFrom, SYMPTOMS } from './outcome.ts';
import { cleanStats, figure, firstSampled, validationFraction } from './read.ts';
import { type Found, rule } from './rule.ts';

/**
 * Inputs as measured, in years or prices: a column whose mean is more than five standard deviations from 0, numbers that are larger than eight or smaller than
 * 0.02, or columns of few whose spreads differ more than a hundredfold. LeCun 1998 (Efficient BackProp, 4.3) asks for a mean of 0 and equal variances of about 1:
 * the loss along the first weights is curved by 1 + (mean / std)², so that five deviations leave a twenty-sixth of the rate for everything else, and as much a
 * column five times as large. Friedman's function with Adam, 400 to 600 steps: a loss of 0.02 of knowing nothing at the centre, 0.35 at four deviations, 0.61 at twelve. Pixels and columns of zeros and ones are seldom spread alike, so above `fewColumns` their ratio says nothing. Or a number in `codeRows` rows and more that is `apart` times as far from all others of its
 * column as these lie apart: -9999 for what is missing, which leaves next to nothing of the others, standardised or not. Only where the run
 * learned less than half of what there is or nothing of new rows, or where the inputs put most of the first layer into its flat part before the first step and a quarter is left to
 * learn; and where no norm stands before the first weights.
 */
export const inputsNotScaled = rule({
  needs: [],
  levels: { offCentre: 5, large: 8, small: 0.02, ratio: 100, fewColumns: 32, apart: 5, codeRows: 3, flat: 0.5, learned: 0.25, nothing: 0.9 },
  remedies: ['standardise_inputs', 'batch_norm'],
  explains: SYMPTOMS,
  text: {
    large: {
      en: { title: 'Inputs are not scaled', evidence: 'typical size {rms}, columns spread by {smallestStd} to {largestStd}' },
      zh: { title: '输入没有缩放', evidence: '典型大小 {rms}，各列标准差 {smallestStd} 到 {largestStd}' },
    },
    small: {
      en: { title: 'Inputs are too small', evidence: 'typical size {rms}, the widest column spreads by {largestStd}' },
      zh: { title: '输入过小', evidence: '典型大小 {rms}，最宽一列的标准差 {largestStd}' },
    },
    code: {
      en: { title: 'A number stands for missing values', evidence: '{value} in {rows} rows, {apart} times as far from the others as these lie apart' },
      zh: { title: '有数字代表缺失值', evidence: '{rows} 行中为 {value}，与其他数的距离是其范围的 {apart} 倍' },
    },
    off_centre: {
      en: { title: 'Inputs are not centred', evidence: 'column {column}: mean {offCentre} standard deviations from 0' },
      zh: { title: '输入没有居中', evidence: '第 {column} 列的均值离 0 有 {offCentre} 个标准差' },
    },
    ratio: {
      en: { title: 'Columns of the input differ in scale', evidence: 'standard deviations from {smallestStd} to {largestStd}' },
      zh: { title: '输入各列尺度不同', evidence: '标准差从 {smallestStd} 到 {largestStd}' },
    },
  },
  check(history, levels) {
    const judge = (inputs: readonly InputFacts[], severity: 'severe' | 'warn'): (Found & { kind: Kind })[] => {
      for (const input of inputs) {
        const kind = kindOf(input, levels);
        if (!kind || isNormalised(history, input)) continue;
        const { offCentre, smallestStd, largestStd, meanSquare, name } = input;
        const rms = Math.sqrt(meanSquare);
        const column = (kind === 'off_centre' ? offCentre : kind === 'ratio' ? smallestStd : largestStd).column;
        const called = input.names?.[column] === undefined ? `column ${column}` : `column ${column} (${input.names[column]})`;
        const what = {
          large: `The numbers of ${name} are about ${figure(rms)} in size; ${called} spreads by ${figure(largestStd.value)}, another by ${figure(smallestStd.value)}`,
          small: `The numbers of ${name} are about ${figure(rms)} in size, and no column spreads by more than ${figure(largestStd.value)}`,
          off_centre: `In ${name}, the mean of ${called} is ${figure(offCentre.value)} standard deviations from 0`,
          ratio: `In ${name}, ${called} spreads by ${figure(smallestStd.value)}, and column ${largestStd.column} by ${figure(largestStd.value)}`,
        }[kind];
        return [
          {
            kind,
            severity,
            message: `${what}; ${endWords(history, figure)}.`,
            evidence: {
              rms,
              offCentre: offCentre.value,
              smallestStd: smallestStd.value,
              largestStd: largestStd.value,
              column,
              ...endEvidence(history),
            },
          },
        ];
      }
      return [];
    };
    const inputs = history.facts?.inputs;
    const code = inputs && codeFinding(history, inputs, levels);
    if (code) return [code];
    return inputs && drowned(history, levels) ? judge(inputs, 'warn') : ofPoorRuns(history, inputs, 'inputs', judge);
  },
});

/** Whether a run learned its rows though not much of new ones: nothing, or less than all and most of the first layer was flat before a step was taken. */
function drowned(history: History, levels: { flat: number; learned: number; nothing: number }): boolean {
  const look = firstSampled(history, 'saturatedFraction');
  const [fraction, onNew] = [endFraction(history) ?? 0, validationFraction(history) ?? 0];
  if (!learnedHalf(history)) return false;
  if (onNew >= levels.nothing) return true;
  if ((fraction < levels.learned && onNew < poorFrom(history)) || !look || look.step > 1) return false;
  return (look.layers[0]?.saturatedFraction ?? 0) > levels.flat;
}

/** A code for missing values, -9999, of a run that learned little: it presses what was measured into next to nothing, standardised or not. */
function codeFinding(history: History, inputs: readonly InputFacts[], levels: { apart: number; codeRows: number }): (Found & { kind: Kind }) | undefined {
  const severity = gravity(history);
  const input = inputs.find(({ code }) => code && code.apart >= levels.apart && code.rows >= levels.codeRows);
  if (!severity || !input) return undefined;
  const { name, code, names } = input;
  const { value, column, rows, apart } = code!;
  const called = names?.[column] === undefined ? `column ${column}` : `column ${column} (${names[column]})`;
  return {
    kind: 'code',
    severity,
    message: `In ${name}, ${called} is ${Number(value.toPrecision(4))} in ${rows} rows, ${figure(apart)} times as far from all others as these lie apart: it may stand for a missing value (\`missingWords\` names those of a CSV file); ${endWords(history, figure)}.`,
    evidence: { value, column, rows, apart, level: levels.apart, ...endEvidence(history) },
  };
}

type Kind = 'code' | 'large' | 'small' | 'off_centre' | 'ratio';

function kindOf(
  { meanSquare, offCentre, smallestStd, largestStd, columns, constantColumns }: InputFacts,
  levels: { offCentre: number; large: number; small: number; ratio: number; fewColumns: number },
): Exclude<Kind, 'code'> | undefined {
  // Constant columns have a rule of their own, and only they are left where nothing varies.
  if (constantColumns >= columns) return undefined;
  const large = Math.sqrt(meanSquare) > levels.large;
  if (offCentre.value > levels.offCentre && !(large && largestStd.value > levels.large)) return 'off_centre';
  if (large) return 'large';
  if (Math.sqrt(meanSquare) < levels.small) return 'small';
  return columns <= levels.fewColumns && largestStd.value > levels.ratio * smallestStd.value ? 'ratio' : undefined;
}

/**
 * Whether a norm stands before the first weights, which facts of layers do not tell: z is then far smaller or larger than inputs of that size give with
 * weights of that size. A norm between the weights and z hides that, but it does not help a column that drowns the others.
 */
function isNormalised(history: History, { meanSquare, columns }: InputFacts): boolean {
  const at = history.layers.findIndex(({ fanIn }) => fanIn === columns);
  const layer = history.layers[at];
  const record = firstSampled(history, 'z')?.layers[at];
  const [z, weight] = [cleanStats(record, 'z'), cleanStats(record, 'weight')];
  if (at !== 0 || !layer || layer.batchNorm || layer.normalised || !z || !weight || weight.rms === 0) return false;
  const expected = Math.sqrt(meanSquare * layer.fanIn) * weight.rms;
  const unit = Math.sqrt(layer.fanIn) * weight.rms;
  // Nearer to what inputs of size 1 give, on a scale of logarithms.
  return Math.abs(Math.log(z.rms / unit)) < 0.5 * Math.abs(Math.log(expected / unit)) && Math.abs(Math.log(z.rms / expected)) > 1;
}
