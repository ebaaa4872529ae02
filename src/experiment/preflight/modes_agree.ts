import { figure } from '../../inspect/diagnose/read.ts';
import { sgd } from '../../train/optimizers.ts';
import { type Answer, fail, pass, unknown } from './check.ts';
import { rowsAt, type Subject, withoutDropout } from './subject.ts';

/** Losses of the same rows in both modes may differ by so much of the larger. */
const ALIKE = 1e-3;
/** The same where batch norm goes over: running statistics are a mean over batches. */
const ALIKE_WITH_BATCH_NORM = 0.5;
/** Batches over which the running statistics come to rest, and steps for that: of a momentum of 0.1 less than 1e-4 is left. */
const BATCHES = 8;
const SETTLING = 96;

/**
 * Whether training and inference mode say the same of the same rows and weights. Dropout is off for it, and images are not augmented, since these are meant to differ; running statistics of a batch norm
 * have a hundred steps at a rate of 0 to come to rest.
 */
export async function modesAgree(subject: Subject): Promise<Answer> {
  const { rows, options, engine, batchSize, weights } = subject;
  if (!rows) return unknown('The rows are not known before they come.');
  const { layers = [] } = subject.history.facts;
  const dropped = layers.some(({ dropout }) => dropout > 0);
  const model = withoutDropout(subject);
  if (!model)
    return unknown('Dropout is on in training alone, so that the two modes differ by design; in this model it cannot be left out to compare the rest.');
  const normed = layers.some(({ batchNormSamples }) => batchNormSamples);
  const batches = normed ? Math.max(1, Math.min(BATCHES, Math.floor(rows.rows / batchSize))) : 1;
  const some = rowsAt(
    rows,
    Array.from({ length: batches * batchSize }, (_, i) => i),
  );
  const { accumulate: _, augment, average: __, data: ___, metrics: ____, onNonFinite: _____, ...rest } = options;
  const trainer = await engine.createTrainer({
    ...rest,
    model,
    optimizer: sgd({ learningRate: 0 }),
    data: { train: some },
    batchSize,
    shuffle: false,
    probes: null,
  });
  try {
    trainer.setParameters(weights);
    const records = await trainer.step(normed ? Math.ceil(SETTLING / batches) * batches : 1);
    if (trainer.history.nonFinite) return fail('The loss of the first rows is not finite in training mode.');
    const last = records.slice(-batches);
    const training = last.reduce((sum, { loss }) => sum + loss, 0) / last.length;
    const inference = (await trainer.evaluate(some)).loss;
    const difference = Math.abs(training - inference) / Math.max(Math.abs(training), Math.abs(inference), 1e-12);
    const evidence = { trainingLoss: training, inferenceLoss: inference, difference, rows: some.rows };
    const left = [...(dropped ? ['dropout'] : []), ...(augment ? ['augmentation'] : [])].join(' and ');
    const aside = left ? `, ${left} left out, which differs on purpose` : '';
    const words = `the loss of ${some.rows} rows is ${figure(training)} in training mode and ${figure(inference)} in inference mode${aside}`;
    if (difference <= (normed ? ALIKE_WITH_BATCH_NORM : ALIKE)) return pass(`The modes agree: ${words}.`, evidence);
    return fail(
      normed
        ? `The modes do not agree: ${words}, with running statistics that had ${records.length} steps to come to rest: batches are too small or too unlike for batch norm.`
        : `The modes do not agree: ${words}: a layer does something else in inference.`,
      evidence,
    );
  } finally {
    trainer.destroy();
  }
}
