// What `fathom diagnose`, `fathom treat` and `fathom rules` print with `--format json`, and the schemas: for programs that act on a diagnosis.
import * as v from 'valibot';
import { type Diagnosis, type Finding, type FindingWords, RULES, type Rule } from '../inspect/diagnose/index.ts';
import type { Texts } from '../texts.ts';
import type { Admission } from './admit.ts';
import { boolean, integer, number, object, oneOf, string } from './check.ts';
import { anyNumber, publishedSchema, said } from './published_schema.ts';
import { aboutRemedy } from './remedies/index.ts';
import type { RemedyTrial, RemedyTrials } from './try_remedies.ts';

const strings = v.array(string());

const finding = object({
  rule: v.pipe(string(), said('A stable name of a cause; `fathom rules` lists all.')),
  severity: v.pipe(
    oneOf(['severe', 'warn', 'note']),
    said('note: worth knowing, nothing is wrong. warn: training suffers. severe: it will not train like this.'),
  ),
  title: string(),
  message: v.pipe(string(), said('One sentence with the decisive figure.')),
  evidence: v.pipe(v.record(v.string(), v.union([v.number(), string()])), said('All figures that the finding rests on.')),
  layers: v.pipe(strings, said('Paths of the layers to blame; empty where none is.')),
  remedies: v.pipe(strings, said('What to try, in this order.')),
  consequenceOf: v.exactOptional(v.pipe(string(), said('The rule that found the cause of it.'))),
  step: v.exactOptional(v.pipe(integer(0), said('The step at which it was seen.'))),
});
const diagnosis = {
  findings: v.pipe(v.array(finding), said('The gravest first.')),
  unchecked: v.pipe(
    v.array(object({ rule: string(), why: string(), minor: v.exactOptional(boolean()) })),
    said('Rules that could not judge: no findings mean healthy only where this is empty, or holds minor ones alone.'),
  ),
};
const losses = {
  loss: v.pipe(v.nullable(anyNumber), said('Of the treated model, by the loss of the untreated document; null where it is not known.')),
  untreatedLoss: v.nullable(anyNumber),
  baselineLoss: v.pipe(v.nullable(anyNumber), said('Of the best constant answer on these rows.')),
};
const trial = object({
  remedy: v.pipe(string(), said('`fathom list remedies` lists all; two that were tried together are joined by " + ".')),
  about: v.pipe(string(), said('What it does, and what it costs.')),
  changes: v.pipe(strings, said('What was changed in the document, a line for each place.')),
  verdict: oneOf(['helped', 'in part', 'did not help', 'too few rows']),
  because: v.pipe(string(), said('The figures that decided it.')),
  unit: v.pipe(
    v.nullable(oneOf(['loss', 'error'])),
    said('What the three numbers are: losses, or fractions of wrong answers where the losses are of different kinds.'),
  ),
  ...losses,
  wonByOtherSeeds: v.exactOptional(
    v.pipe(
      v.array(number()),
      said('Fraction of the loss of knowing nothing that it wins with two other seeds, none below 0; where it helped with that of the document.'),
    ),
  ),
});

/** The JSON of `fathom diagnose --format json`. */
export type DiagnosisDocument = Record<'findings' | 'unchecked', object[]>;

/** The findings of a run as plain data. */
export const diagnosisJson = ({ findings, unchecked }: Diagnosis): DiagnosisDocument => ({ findings: findings.map(findingJson), unchecked: [...unchecked] });

function findingJson({ rule, severity, title, message, evidence, layer, layers, remedies, consequenceOf, step }: Finding): object {
  return {
    rule,
    severity,
    title,
    message,
    evidence,
    layers: layers ?? (layer === undefined ? [] : [layer]),
    remedies,
    ...(consequenceOf === undefined ? {} : { consequenceOf }),
    ...(step === undefined ? {} : { step }),
  };
}

/** The trials of `tryRemedies` as plain data, with the findings of the untreated run. */
export function trialsJson({ admission, before, trials, best, whyNone }: RemedyTrials): DiagnosisDocument & {
  admission?: object;
  trials: object[];
  best: object | null;
  whyNone?: string;
} {
  return {
    ...diagnosisJson(before),
    ...(admission ? { admission: admissionJson(admission) } : {}),
    trials: trials.map(trialJson),
    best: best ? { remedy: best.remedy, changes: best.changes, document: best.proposal.document } : null,
    ...(whyNone === undefined ? {} : { whyNone }),
  };
}

const admissionJson = ({ refused, remedy, proposal, changes }: Admission): object => ({
  refused,
  remedy,
  why: proposal.why,
  changes,
  document: proposal.document,
});

function trialJson({ remedy, changes, verdict, because, comparison, wonByOtherSeeds }: RemedyTrial): object {
  const { unit = null, loss = null, untreatedLoss = null, baselineLoss = null } = comparison ?? {};
  return {
    remedy,
    about: aboutRemedy(remedy),
    changes,
    verdict,
    because,
    unit,
    loss,
    untreatedLoss,
    baselineLoss,
    ...(wonByOtherSeeds ? { wonByOtherSeeds } : {}),
  };
}

/** The rules by name, each with what it says where it finds something. */
export const rulesJson = (): { rules: { rule: string; sentence: string }[] } => ({
  rules: Object.entries<Rule>(RULES).map(([rule, { text }]) => ({ rule, sentence: sentenceOf(text) })),
});

/** The titles of a rule's findings, each a sentence. */
function sentenceOf(text: Rule['text']): string {
  const titles = 'en' in text ? [(text as Texts<FindingWords>).en.title] : Object.values<Texts<FindingWords>>(text).map(({ en }) => en.title);
  return [...new Set(titles)].map((title) => `${title}.`).join(' ');
}

const rulesSchema = object({
  rules: v.pipe(
    v.array(object({ rule: v.pipe(string(), said('The name, which stays.')), sentence: v.pipe(string(), said('What it finds.')) })),
    said('In order.'),
  ),
});
const diagnosisSchema = object(diagnosis);
/** What `trialsJson` gives. */
export const trialsSchema = object({
  ...diagnosis,
  admission: v.exactOptional(
    v.pipe(
      object({
        refused: v.pipe(string(), said('Why.')),
        remedy: string(),
        why: v.pipe(string(), said('Why it runs.')),
        changes: strings,
        document: v.looseObject({}),
      }),
      said('Where the document is refused before its first step: what was changed so that it runs. The findings are those of the changed document.'),
    ),
  ),
  trials: v.pipe(v.array(trial), said('In the order in which they were tried.')),
  best: v.pipe(
    v.nullable(object({ remedy: string(), changes: strings, document: v.pipe(v.looseObject({}), said('The document, as `--out` writes it.')) })),
    said('The one that helped with the lowest loss; null where none did.'),
  ),
  whyNone: v.exactOptional(v.pipe(string(), said('Why none helped, or which came nearest, where something was wrong.'))),
});

/** The JSON schema of what `fathom diagnose --format json` prints. */
export const diagnosisJsonSchema = (): object => publishedSchema(diagnosisSchema, 'diagnosis', 'The findings of a run');

/** The JSON schema of what `fathom treat --format json` prints. */
export const trialsJsonSchema = (): object => publishedSchema(trialsSchema, 'trials', 'The findings of a run, and the remedies that were tried');

/** The JSON schema of what `fathom rules --format json` prints. */
export const rulesJsonSchema = (): object => publishedSchema(rulesSchema, 'rules', 'The rules of the diagnosis');
