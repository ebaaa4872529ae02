// `fathom list`: everything that a document can name, the rules and remedies, and the log formats, from their own tables.
import { GENERATORS } from '../data/generators/index.ts';
import { UsageError } from '../errors.ts';
import { LOG_FORMATS } from '../experiment/logs/index.ts';
import type { LogFormat } from '../experiment/logs/log_format.ts';
import { REMEDIES, type RemedyId, rulesOffering } from '../experiment/remedies/index.ts';
import { SOURCES } from '../experiment/sources/index.ts';
import { type FindingWords, RULES, type Rule } from '../inspect/diagnose/index.ts';
import type { ProbeFeature } from '../inspect/probe.ts';
import { LAYER_METRICS, PROBES } from '../inspect/probe_index.ts';
import type { LayerFeature } from '../nn/layers/feature.ts';
import { LAYERS } from '../nn/layers.ts';
import type { LossFeature } from '../nn/losses/loss.ts';
import { LOSSES } from '../nn/losses.ts';
import { ACTIVATION_TEXTS, ACTIVATIONS, type Activation, type ActivationName } from '../ops/activation_table.ts';
import { type Options, oneOfThese } from '../option_table.ts';
import type { Texts } from '../texts.ts';
import { AUGMENTATION_TEXTS, type Augmentation, augmentations } from '../train/augment.ts';
import { METRICS } from '../train/metrics.ts';
import { OPTIMIZERS } from '../train/optimizers.ts';
import { SCHEDULES } from '../train/schedules.ts';
import { columns } from './print.ts';
import { table } from './table.ts';

/** Numbers by name: `warn 0.001, severe 0.000001`. */
const named = (numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** Options of documents, with their defaults: `eps 0.00001, momentum 0.1`. */
const optionsText = (table: Options): string =>
  Object.entries(table)
    .filter(([, { programOnly }]) => !programOnly)
    .map(([name, { default: usual }]) => (usual === undefined || typeof usual === 'object' ? name : `${name} ${usual}`))
    .join(', ');

/** Features that have options and texts. */
const featureRows = (features: Readonly<Record<string, { options: Options; text: Texts }>>): string[][] =>
  Object.entries(features).map(([name, { options, text }]) => [name, optionsText(options), text.en.summary]);

/** The tables, with a heading each. */
const LISTS = {
  layers: () => [
    ['layer', 'role', 'options', ''],
    ...Object.entries<LayerFeature>(LAYERS).map(([type, { record, text }]) => [type, record.role, optionsText(record.options), text.en.summary]),
  ],
  activations: () => [
    ['activation', 'params', ''],
    ...Object.entries<Activation>(ACTIVATIONS).map(([name, { params }]) => [name, named(params), ACTIVATION_TEXTS[name as ActivationName].en.summary]),
  ],
  losses: () => [['loss', 'options', ''], ...featureRows(LOSSES as unknown as Record<string, LossFeature>)],
  metrics: () => [['metric', 'options', ''], ...featureRows(METRICS)],
  optimizers: () => [['optimizer', 'options', ''], ...featureRows(OPTIMIZERS)],
  schedules: () => [['schedule', 'options', ''], ...featureRows(SCHEDULES)],
  rules: () => [
    ['rule', 'finding', 'levels', 'remedies'],
    ...Object.entries<Rule>(RULES).map(([id, { text, levels, remedies }]) => {
      const titles = 'en' in text ? [(text as Texts<FindingWords>).en.title] : Object.values<Texts<FindingWords>>(text).map(({ en }) => en.title);
      return [id, [...new Set(titles)].join('; '), named(levels), remedies.join(', ')];
    }),
  ],
  remedies: () => [
    ['remedy', '', 'offered by'],
    ...Object.entries(REMEDIES).map(([id, { text }]) => [id, `${text.en.title}: ${text.en.summary}`, rulesOffering(id as RemedyId).join(', ')]),
  ],
  sources: () => [['source', ''], ...Object.entries(SOURCES).map(([name, { text }]) => [name, text.en.summary])],
  augmentations: () => [
    ['augmentation', 'options', ''],
    ...Object.entries<Options>(augmentations).map(([type, table]) => [type, optionsText(table), AUGMENTATION_TEXTS[type as Augmentation['type']].en.summary]),
  ],
  generators: () => [
    ['generator', 'task', 'params', ''],
    ...Object.values(GENERATORS).map(({ name, task, params, text }) => {
      const defaults = Object.fromEntries(Object.entries(params).map(([param, { default: usual }]) => [param, usual]));
      return [name, task, named(defaults), text.en.summary];
    }),
  ],
  probes: () => [
    ['probe', 'options', ''],
    ...Object.entries<ProbeFeature>(PROBES).map(([name, { options, text }]) => [name, Object.keys(options).join(', '), text.en.summary]),
    ['', '', `Figures of a layer: ${Object.keys(LAYER_METRICS).join(', ')}.`],
  ],
  logs: () => [
    ['format', 'files', ''],
    ...Object.entries<LogFormat>(LOG_FORMATS).map(([name, { extensions, text }]) => [
      name,
      extensions.map((end) => (end.startsWith('/') ? `*${end.slice(1)}*` : `.${end}`)).join(', '),
      text.en.summary,
    ]),
  ],
} satisfies Readonly<Record<string, () => string[][]>>;

export const LIST_NAMES = Object.keys(LISTS) as readonly (keyof typeof LISTS)[];

const isList = (name: string): name is keyof typeof LISTS => Object.hasOwn(LISTS, name);

/** A list as a table. Throws a UsageError for a name that is none. */
export function listText(name: string): string {
  if (!isList(name)) throw new UsageError(`list: ${oneOfThese(LIST_NAMES, name)}`);
  return table(LISTS[name](), process.stdout.isTTY ? columns() : Number.POSITIVE_INFINITY);
}
