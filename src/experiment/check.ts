// The vocabulary of the document's schema: valibot's pieces with messages in our tone, and the list of problems from its issues.
import * as v from 'valibot';
import { show, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import * as LIMITS from '../limits.ts';
import { meant } from '../nearest.ts';
import { expectedOf, type NumberOption, type Option, type Options, oneOfThese } from '../option_table.ts';
import { meantHere } from './elsewhere.ts';

type Issue = v.BaseIssue<unknown>;

/** "expected a positive integer, got "64"". */
const expected =
  (what: string) =>
  (issue: Issue): string =>
    `expected ${what}, got ${show(issue.input)}`;

/** A finite number inside [least, most]. */
export const number = (min?: number, max?: number) =>
  numberSchema({ type: 'number', ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) });

/** A fraction in [0, 1). */
export const fraction = () => numberSchema({ type: 'number', min: 0, below: 1 });

/** What numbers are divided by. */
export const divisor = () =>
  v.pipe(
    number(),
    v.check((value) => value !== 0, 'expected a number other than 0, got 0'),
  );

/** An integer from `least` to `most`. */
export function integer(min = 1, max: number = Number.MAX_SAFE_INTEGER) {
  const message = expected(min === 1 ? 'a positive integer' : `an integer of at least ${min}`);
  return max === Number.MAX_SAFE_INTEGER
    ? v.pipe(v.number(message), v.safeInteger(message), v.minValue(min, message))
    : v.pipe(
        v.number(message),
        v.integer(message),
        v.minValue(min, message),
        v.maxValue(max, expected(`an integer of at most ${max}`)),
        v.description(`At most ${count(max)}.`),
      );
}

export const boolean = () => v.boolean(expected('true or false'));
export const string = () => v.string(expected('a string'));

/** One of a list of names. */
export function oneOf<const Names extends readonly string[]>(names: Names) {
  return v.picklist(names, (issue) => oneOfThese(names, issue.input, meantHere));
}

export const listOf = <Item extends v.GenericSchema>(item: Item, what: string) =>
  v.pipe(v.array(item, expected(what)), v.minLength(1, expected(`${what}, at least one`)));

/** Problems, or keys, that a message tells; a hostile document has a million. */
const LISTED = 50;

/** Keys that valibot's records leave out without a word. */
const PASSED_OVER = ['__proto__', 'prototype', 'constructor'];

/**
 * Throws a UsageError where parsed JSON is nested too deep for those who walk through it, has too many parts, or a key that would be passed over; `what` names it. A list of what is yet to
 * be looked at, no recursion: that is what deep JSON would exhaust.
 */
export function requireShallow(what: string, json: unknown): void {
  interface Place {
    value: object;
    key: string;
    depth: number;
    parent?: Place;
  }
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  if (!isObject(json)) return;
  const open: Place[] = [{ value: json, key: what, depth: 1 }];
  let entries = 0;
  for (let place = open.pop(); place; place = open.pop()) {
    if (++entries > LIMITS.entries) throw new UsageError(`${what}: expected at most ${count(LIMITS.entries)} lists and objects`);
    if (place.depth > LIMITS.nesting) {
      let path = '';
      for (let at: Place | undefined = place; at; at = at.parent) if (at.depth <= 4) path = `${at.key}${path}`;
      throw new UsageError(`${path}...: expected lists and objects at most ${LIMITS.nesting} deep; does it contain itself?`);
    }
    const { value, depth } = place;
    for (const key of PASSED_OVER) if (Object.hasOwn(value, key)) throw new UsageError(`${what}: nothing in it is named ${key}: leave the key out`);
    for (const [key, inner] of Object.entries(value))
      if (isObject(inner)) open.push({ value: inner, key: Array.isArray(value) ? `[${key}]` : `.${key}`, depth: depth + 1, parent: place });
  }
}

/** One schema for a table of variants, so that the JSON schema can define it once. */
const variants = new WeakMap<object, v.GenericSchema>();

/** What a document may hold for an option of a feature's table; undefined for an object of the program, which no document can hold. */
export function optionSchema(option: Option): v.GenericSchema | undefined {
  switch (option.type) {
    case 'number':
    case 'integer':
      return numberSchema(option);
    case 'boolean':
      return boolean();
    case 'string':
      return string();
    case 'name':
      return oneOf(option.names);
    case 'list': {
      const item = optionSchema(option.of);
      if (!item) return undefined;
      const message = expected(option.expected);
      if (option.empty) return v.array(item, message);
      return option.length === undefined ? listOf(item, option.expected) : v.pipe(v.array(item, message), v.length(option.length, message));
    }
    case 'record':
      return object(tableEntries(option.options));
    case 'map': {
      const item = optionSchema(option.of);
      return item && v.record(v.string(), item, expected(option.expected));
    }
    case 'variant': {
      const known = variants.get(option.of);
      if (known) return known;
      const names = Object.keys(option.of);
      const objects = names.map((name) => object({ [option.key]: v.literal(name), ...tableEntries(option.of[name]!) }));
      const schema = choice(option.key, names, objects as unknown as v.VariantOptions<string>);
      variants.set(option.of, schema);
      return schema;
    }
    case 'either':
      return either(
        option.of.flatMap((each) => optionSchema(each) ?? []),
        option.expected,
      );
    case 'object':
      return undefined;
  }
}

/** The entries of a feature's object in a document: its options, each with its check. Spread them into `object({ type: v.literal('dense'), ...tableEntries(denseOptions) })`. */
export function tableEntries(table: Options): v.ObjectEntries {
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, entry]) => {
      const schema = entry.programOnly ? undefined : optionSchema(entry);
      return schema ? [[name, entry.required ? schema : v.exactOptional(schema)]] : [];
    }),
  );
}

function numberSchema(option: NumberOption): v.GenericSchema<number> {
  const { min, max, above, below } = option;
  const message = (issue: Issue): string => `expected ${expectedOf(option, issue.input)}, got ${show(issue.input)}`;
  const pieces = [
    ...(option.type === 'integer' ? [v.safeInteger<number, typeof message>(message)] : [v.finite<number, typeof message>(message)]),
    ...(min === undefined ? [] : [v.minValue<number, number, typeof message>(min, message)]),
    ...(max === undefined ? [] : [v.maxValue<number, number, typeof message>(max, message)]),
    ...(above === undefined ? [] : [v.gtValue<number, number, typeof message>(above, message)]),
    ...(below === undefined
      ? []
      : [v.ltValue<number, number, typeof message>(below, message), v.check<number, typeof message>((value) => Math.fround(value) !== below, message)]),
  ];
  return v.pipe(v.number(message), ...(pieces as unknown as [v.PipeItem<number, number, v.BaseIssue<unknown>>]));
}

/** An object with exactly these keys; an unknown key is refused, with the nearest known one. */
export function object<const Entries extends v.ObjectEntries>(entries: Entries) {
  const known = Object.keys(entries);
  return v.strictObject(entries, (issue) => {
    const item = issue.path?.at(-1);
    if (item?.origin !== 'key') return `expected an object, got ${show(issue.input)}`;
    if (issue.expected !== 'never') return 'is missing';
    const others = Object.keys(item.input as object).filter((key) => !known.includes(key) && key !== item.key);
    return `unknown key${meant(item.key, known) || `; known are ${known.join(', ')}`}${others.length > 0 ? ` (unknown too: ${others.slice(0, LISTED).join(', ')}${others.length > LISTED ? `, and ${others.length - LISTED} more` : ''})` : ''}`;
  });
}

/** One of several objects told apart by the value of `key`. */
export function choice<const Key extends string, const Options extends v.VariantOptions<Key>>(key: Key, names: readonly string[], options: Options) {
  return v.variant(key, options, (issue) => {
    const at = issue.path?.at(-1)?.key;
    if (at === undefined) {
      const name = names.find((each) => each === issue.input) ?? names[0];
      return `expected an object with "${key}", as {"${key}": ${show(name)}}, got ${show(issue.input)}`;
    }
    // The names of a nested choice are part of what it expected.
    const known = at === key ? names : Array.from(String(issue.expected).matchAll(/"([^"]+)"/g), ([, name]) => name!);
    return oneOfThese(known, issue.input, meantHere);
  });
}

/** The first that fits; `what` says it in words where none does, and of `names` which was meant. */
export function either<const Options extends v.UnionOptions>(options: Options, what: string, names: readonly string[] = []) {
  return v.union(options, (issue) => `${expected(what)(issue)}${meantHere(issue.input, names)}`);
}

/** `value` where it fits the schema; else a UsageError with its problems, the first in front: `model.layers[3].units: expected ...`. */
export function check<Value>(schema: v.GenericSchema<unknown, Value>, value: unknown, what: string): Value {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const problems = [...new Set(result.issues.flatMap((issue) => describe(issue, '')))];
  const more = problems.slice(1, LISTED);
  const rest = problems.length - LISTED;
  throw new UsageError(
    more.length === 0
      ? `${problems[0]}`
      : `${problems[0]}\n${problems.length - 1} more in this ${what}:\n${more.map((problem) => `  ${problem}`).join('\n')}${rest > 0 ? `\n  and ${rest} more` : ''}`,
  );
}

/** Problems of an issue. A union tells little: where one of its options got further in than the surface, that option's problems are meant. */
function describe(issue: Issue, prefix: string): string[] {
  const path = join(prefix, issue.path);
  const deeper = (issue.issues ?? []).filter((inner) => inner.path && inner.path.length > 0);
  if (issue.type === 'union' && deeper.length > 0) return deeper.flatMap((inner) => describe(inner, path));
  return [`${path || 'document'}: ${issue.message}`];
}

function join(prefix: string, path: Issue['path']): string {
  let text = prefix;
  for (const { key } of path ?? []) text += typeof key === 'number' ? `[${key}]` : text ? `.${String(key)}` : String(key);
  return text;
}

/** The path of a problem that a check over several keys finds. */
export const inner = (input: Record<string, unknown>, key: string, value: unknown): [v.ObjectPathItem] => [
  { type: 'object', origin: 'value', input, key, value },
];
