// What `fathom preflight --format json` prints, and its schema: for programs that act on it.
import * as v from 'valibot';
import { number, object, oneOf, string } from '../check.ts';
import { publishedSchema, said } from '../published_schema.ts';
import { OUTCOMES } from './check.ts';
import { PREFLIGHT_TEXTS, type Preflight, type PreflightCheckName } from './index.ts';

/** What `preflightJson` gives. */
export const preflightSchema = object({
  checks: v.pipe(
    v.array(
      object({
        name: v.pipe(oneOf(Object.keys(PREFLIGHT_TEXTS) as PreflightCheckName[]), said('The question, by a name that stays.')),
        outcome: v.pipe(oneOf(OUTCOMES), said('fail: it will not train like this, or badly. unknown: it could not be told; the sentence says why.')),
        sentence: v.pipe(string(), said('One sentence with the decisive figures.')),
        evidence: v.pipe(
          v.record(v.string(), v.union([v.number(), string()])),
          said('All figures that it rests on; what is not finite is written as text. `rule` names the rule of `fathom rules` that found it.'),
        ),
        remedies: v.pipe(
          v.array(string()),
          said('What to try, in this order, by the names of `fathom list remedies`; empty where nothing is known, and where it did not fail.'),
        ),
      }),
    ),
    said('In order.'),
  ),
  seconds: v.pipe(number(0), said('How long it took.')),
});

/** The checks as plain data. */
export const preflightJson = ({ checks, seconds }: Preflight): v.InferOutput<typeof preflightSchema> => ({
  checks: checks.map(({ name, outcome, sentence, evidence, remedies = [] }) => ({ name, outcome, sentence, evidence, remedies })),
  seconds,
});

/** The JSON schema of what `fathom preflight --format json` prints. */
export const preflightJsonSchema = (): object => publishedSchema(preflightSchema, 'preflight', 'Checks of a run before it is trained');
