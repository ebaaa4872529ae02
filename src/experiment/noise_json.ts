// What `fathom noise --format json` prints: a `NoiseOverRun`, by `toJson`. Its schema, for programs that act on it.
import * as v from 'valibot';
import { integer, number, object, oneOf, string } from './check.ts';
import { NOISE_VERDICTS } from './noise_over_run.ts';
import { anyNumber, publishedSchema, said } from './published_schema.ts';

/** What `noiseOverRun` gives, as text has it. */
export const noiseSchema = object({
  measured: v.pipe(
    v.array(
      object({
        step: v.pipe(integer(0), said('Steps that were taken before.')),
        batchSize: v.pipe(integer(1), said('Rows of a batch.')),
        batches: v.pipe(integer(2), said('Batches that were compared.')),
        gradientNorm: v.pipe(number(0), said('L2 norm of the gradient over all rows; 0 where noise hides it.')),
        noise: v.pipe(number(0), said("Root of the mean square by which a batch's gradient lies off that one.")),
        signalToNoise: v.pipe(anyNumber, said('The first over the second.')),
        noiseScale: v.pipe(
          anyNumber,
          said('The simple noise scale, in rows: up to about so many a batch pays. Infinity, as text, where noise hides the gradient.'),
        ),
      }),
    ),
    said('From the first weights to the last.'),
  ),
  rowsPerStep: v.pipe(integer(1), said('Rows of a batch, times the batches of a step.')),
  verdict: v.pipe(
    oneOf(NOISE_VERDICTS),
    said('noisy: the noise asks for far more rows than a step has, at every look. wasteful: for far fewer. hidden: at some look it hides the gradient.'),
  ),
  message: v.pipe(string(), said('The same in a sentence, with its figures.')),
});

/** The JSON schema of what `fathom noise --format json` prints. */
export const noiseJsonSchema = (): object => publishedSchema(noiseSchema, 'noise', 'The noise of a gradient along its run');
