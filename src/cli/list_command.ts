// `fathom list`: what rules, remedies, generators, probes and log formats there are, from their own tables.
import { GENERATORS } from '../data/generators/index.ts';
import { requireName } from '../errors.ts';
import { LOG_FORMATS } from '../experiment/logs/index.ts';
import type { LogFormat } from '../experiment/logs/log_format.ts';
import { REMEDIES, type RemedyId, rulesOffering } from '../experiment/remedies/index.ts';
import { type FindingWords, RULES, type Rule } from '../inspect/diagnose/index.ts';
import type { ProbeFeature } from '../inspect/probe.ts';
import { FIGURES, PROBES } from '../inspect/probe_index.ts';
import type { Texts } from '../texts.ts';
import { table } from './table.ts';

/** Numbers by name: `warn 0.001, severe 0.000001`. */
const named = (numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** The tables, with a heading each. */
const LISTS = {
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
    ['', '', `Figures of a layer: ${Object.keys(FIGURES).join(', ')}.`],
  ],
  logs: () => [
    ['format', 'files', ''],
    ...Object.entries<LogFormat>(LOG_FORMATS).map(([name, { extensions, text }]) => [name, extensions.map((end) => `.${end}`).join(', '), text.en.summary]),
  ],
} satisfies Readonly<Record<string, () => string[][]>>;

export const LIST_NAMES = Object.keys(LISTS) as readonly (keyof typeof LISTS)[];

/** A list as a table. Throws a UsageError for a name that is none. */
export function listText(name: string): string {
  requireName('list', name, LIST_NAMES);
  return table(LISTS[name]());
}
