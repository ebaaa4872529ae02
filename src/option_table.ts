// Options as data. A feature's table describes each option; the same table checks what a program passes and what a document holds, fills in defaults,
// and becomes the JSON schema, listings and controls.
import { isObject, show, UsageError } from './errors.ts';
import { meant } from './nearest.ts';

/** A finite number, or an integer. `min` and `max` belong to the range, `above` and `below` do not. */
export interface NumberOption {
  /** Whether fractions are allowed. */
  readonly type: 'number' | 'integer';
  /** The least value; none by default. */
  readonly min?: number;
  /** The largest value; none by default. */
  readonly max?: number;
  /** What it must be above; nothing by default. */
  readonly above?: number;
  /** What it must be below; nothing by default. */
  readonly below?: number;
  /** Whether Infinity belongs to the range, too. */
  readonly infinite?: true;
}

/** True or false. */
export interface BooleanOption {
  /** Tells the kinds apart. */
  readonly type: 'boolean';
}

/** Any text. */
export interface StringOption {
  /** Tells the kinds apart. */
  readonly type: 'string';
}

/** One of a list of names. */
export interface NameOption<Name extends string = string> {
  /** Tells the kinds apart. */
  readonly type: 'name';
  /** The names. */
  readonly names: readonly Name[];
}

/** A list whose entries are all of one kind: `length` of them, or one at least. */
export interface ListOption {
  /** Tells the kinds apart. */
  readonly type: 'list';
  /** What each entry is. */
  readonly of: Option;
  /** How many entries there are; any number, but one at least, by default. */
  readonly length?: number;
  /** Whether it may be empty. */
  readonly empty?: true;
  /** What it is, in words: 'a list of numbers'. */
  readonly expected: string;
}

/** An object whose values are all of one kind, under any names. */
export interface MapOption {
  /** Tells the kinds apart. */
  readonly type: 'map';
  /** What each value is. */
  readonly of: Option;
  /** What it is, in words: 'numbers by name'. */
  readonly expected: string;
}

/** An object with options of its own. */
export interface RecordOption {
  /** Tells the kinds apart. */
  readonly type: 'record';
  /** Its options. */
  readonly options: Options;
}

/** One of several objects, told apart by the value of `key`. */
export interface VariantOption {
  /** Tells the kinds apart. */
  readonly type: 'variant';
  /** The key whose value says which it is. */
  readonly key: string;
  /** The options of each, by that value. */
  readonly of: Readonly<Record<string, Options>>;
}

/** The first that fits. */
export interface EitherOption {
  /** Tells the kinds apart. */
  readonly type: 'either';
  /** What it may be. */
  readonly of: readonly Option[];
  /** What it is, in words: 'a number or "1/sqrt(L)"'. */
  readonly expected: string;
}

/** An object of the program, a layer say, which no document can hold. */
export interface ObjectOption {
  /** Tells the kinds apart. */
  readonly type: 'object';
  /** What it is, with its article: 'a layer'. */
  readonly expected: string;
  /**
   * Whether a value is one.
   *
   * @param value - What was given.
   * @returns True where it is.
   */
  accepts(value: unknown): boolean;
}

/** A function of the program. */
export const FUNCTION = { type: 'object', expected: 'a function', accepts: (value) => typeof value === 'function' } as const satisfies ObjectOption;

/** An object of the program with this method; `expected` says how one is made. */
export const objectWith = /* @__NO_SIDE_EFFECTS__ */ (method: string, expected: string): ObjectOption => ({
  type: 'object',
  expected,
  accepts: (value) => typeof (value as Record<string, unknown> | null | undefined)?.[method] === 'function',
});

/** The table of `base` with entries of one's own. A call rather than a spread, so that a bundle leaves out the tables that its program does not reach. */
export const withOptions = /* @__NO_SIDE_EFFECTS__ */ <Base extends object, const Own extends object>(base: Base, own: Own): Omit<Base, keyof Own> & Own => ({
  ...base,
  ...own,
});

/** What a value may be. */
export type Option =
  | NumberOption
  | BooleanOption
  | StringOption
  | NameOption
  | ListOption
  | MapOption
  | RecordOption
  | VariantOption
  | EitherOption
  | ObjectOption;

/** An option in its table. Without `default` and `required` it is optional, and undefined if left out. */
export interface Standing<Value = unknown> {
  /** What it is where it is left out. */
  readonly default?: Value;
  /** Whether it must be given. */
  readonly required?: true;
  /** Only programs have it: documents do not, as they cannot hold an object of the program. */
  readonly programOnly?: true;
}

/** An option in its table. */
export type Entry<Kind extends Option = Option> = Kind & Standing;

/** Options by name. */
export type Options = Readonly<Record<string, Entry>>;

/** The kinds that describe a `Value`. */
export type KindOf<Value> = [Value] extends [number]
  ? NumberOption
  : [Value] extends [boolean]
    ? BooleanOption
    : [Value] extends [string]
      ? string extends Value
        ? StringOption
        : NameOption<Value & string>
      : ListOption | MapOption | RecordOption | VariantOption | EitherOption | ObjectOption;

/** A table for the options of an interface: an option without its entry, or an entry without its option, does not compile. */
export type OptionTable<Given extends object> = {
  readonly [Key in keyof Given]-?: KindOf<NonNullable<Given[Key]>> & Standing<NonNullable<Given[Key]>>;
};

/** Options as `readOptions` returns them: those with a default are there. */
export type Complete<Given extends object, Table> = {
  readonly [Key in keyof Given]-?: Key extends keyof Table
    ? Table[Key] extends { readonly default: unknown } | { readonly required: true }
      ? NonNullable<Given[Key]>
      : NonNullable<Given[Key]> | undefined
    : never;
};

/**
 * Checks options against their table and fills in defaults. The result is a new object of its own: lists and records in it are copies, so that nothing changes
 * when the caller's do.
 *
 * @param where - What is being made, for the message: 'dense'.
 * @param table - The options that it has.
 * @param given - What the caller passed, of any type: JavaScript does not check it. undefined is no options.
 * @returns All options, with defaults filled in.
 * @throws UsageError for an unknown option, with the known one that is nearest, for a missing one, and for a value of another kind or outside its range.
 * @example
 * const TABLE = { eps: { type: 'number', min: 0, default: 1e-5 } } as const satisfies OptionTable<{ eps?: number }>;
 * const { eps } = readOptions<{ eps?: number }, typeof TABLE>('layer_norm', TABLE, { eps: 1e-3 });
 */
export function readOptions<Given extends object, const Table extends OptionTable<Given>>(where: string, table: Table, given: unknown): Complete<Given, Table> {
  return readRecord(where, table as unknown as Options, given === undefined ? {} : given, '') as Complete<Given, Table>;
}

/** `prefix` is the path of the record within the options. */
function readRecord(where: string, table: Options, given: unknown, prefix: string, key?: string): Readonly<Record<string, unknown>> {
  const names = Object.keys(table);
  if (!isObject(given)) throw new UsageError(`${where}: ${prefix ? `${prefix.slice(0, -1)}: ` : ''}expected options (${names.join(', ')}), got ${show(given)}`);
  for (const name of Object.keys(given)) {
    if (name === key || Object.hasOwn(table, name)) continue;
    throw new UsageError(`${where}: unknown option ${prefix}${name}${meant(name, names) || `; it has ${names.join(', ') || 'none'}`}`);
  }
  const read = names.map((name) => {
    const entry = table[name]!;
    const value = (given as Record<string, unknown>)[name];
    if (value !== undefined) return [name, readValue(where, entry, value, `${prefix}${name}`)];
    if (entry.required) throw new UsageError(`${where}: ${prefix}${name} is missing: expected ${expectedOf(entry)}`);
    return [name, entry.default];
  });
  return { ...(key === undefined ? {} : { [key]: (given as Record<string, unknown>)[key] }), ...Object.fromEntries(read) };
}

function readValue(where: string, option: Option, value: unknown, path: string): unknown {
  if (option.type === 'record') return readRecord(where, option.options, value, `${path}.`);
  if (option.type === 'variant' && isObject(value)) {
    const name = (value as Record<string, unknown>)[option.key];
    if (typeof name !== 'string' || !Object.hasOwn(option.of, name))
      throw new UsageError(`${where}: ${path}.${option.key}: ${oneOfThese(Object.keys(option.of), name)}`);
    return readRecord(where, option.of[name]!, value, `${path}.`, option.key);
  }
  if (option.type === 'list' && Array.isArray(value) && lengthFits(option, value))
    // A hole is undefined here, where `map` would pass over it.
    return Array.from(value, (item, i) => readValue(where, option.of, item, `${path}[${i}]`));
  if (option.type === 'map' && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, readValue(where, option.of, each, `${path}.${name}`)]));
  if (option.type === 'either') {
    const fits = option.of.find((each) => outlineFits(each, value));
    if (fits) return readValue(where, fits, value, path);
  }
  if (option.type === 'name' && !accepts(option, value)) throw new UsageError(`${where}: ${path}: ${oneOfThese(option.names, value)}`);
  if (!accepts(option, value)) throw new UsageError(`${where}: ${path}: expected ${expectedOf(option, value)}, got ${show(value)}`);
  return value;
}

/** What is wrong with a value that is none of these names; `end` says what was meant. */
export const oneOfThese = (names: readonly string[], value: unknown, end = meant): string =>
  `expected one of ${names.join(', ')}; got ${show(value)}${end(value, names)}`;

/** Whether a value is meant as this kind: an object is, for a record, also where its contents do not fit. */
function outlineFits(option: Option, value: unknown): boolean {
  if (option.type === 'record' || option.type === 'variant' || option.type === 'map') return isObject(value);
  if (option.type === 'list') return Array.isArray(value);
  return accepts(option, value);
}

const lengthFits = ({ length, empty }: ListOption, value: readonly unknown[]): boolean =>
  length === undefined ? empty === true || value.length > 0 : value.length === length;

/** Whether a value that is no list or object of options is of this kind, and in its range. */
function accepts(option: Option, value: unknown): boolean {
  switch (option.type) {
    case 'number':
    case 'integer': {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = option;
      if (typeof value !== 'number' || !(option.type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(Math.fround(value))))
        return option.infinite === true && value === Number.POSITIVE_INFINITY;
      // What a number must be below or above, it must be as one of 32 bits: a decay of 1 - 1e-9 is 1 there, and 1 - decay is divided by.
      return value >= min && value <= max && Math.fround(value) > above && Math.fround(value) < below;
    }
    case 'boolean':
    case 'string':
      return typeof value === option.type;
    case 'name':
      return option.names.includes(value as string);
    case 'object':
      return option.accepts(value);
    default:
      return false;
  }
}

/** What is wrong with a value of an option that is no list or object, in words; undefined where nothing is. */
export function wrongValue(option: Option, value: unknown): string | undefined {
  return accepts(option, value) ? undefined : `expected ${expectedOf(option, value)}, got ${show(value)}`;
}

/** What is expected, in words: 'a number above 0', 'one of sgd, adam'. Of an integer's range it names the end that `value` is beyond, where there is one. */
export function expectedOf(option: Option, value?: unknown): string {
  switch (option.type) {
    case 'number':
      return `a number${rangeOf(option)}${option.infinite ? ', or Infinity' : option.max === undefined && Number.isFinite(value) && (value as number) > 3.4e38 ? ' that 32 bits hold' : ''}`;
    case 'integer':
      if (option.max !== undefined && typeof value === 'number' && value > option.max) return `an integer of at most ${option.max}`;
      return option.min === 1 ? 'a positive integer' : `an integer${rangeOf(option)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'a string';
    case 'name':
      return `one of ${option.names.join(', ')}`;
    case 'object':
    case 'either':
    case 'map':
      return option.expected;
    case 'list':
      return option.length === undefined && !option.empty ? `${option.expected}, at least one` : option.expected;
    case 'record':
      return `an object with ${Object.keys(option.options).join(', ')}`;
    case 'variant':
      return `an object with "${option.key}"`;
  }
}

function rangeOf({ min, max, above, below }: NumberOption): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  const low = above !== undefined ? `above ${above}` : min !== undefined ? `of at least ${min}` : undefined;
  const high = below !== undefined ? `below ${below}` : max !== undefined ? `at most ${max}` : undefined;
  const both = [low, high].filter((each) => each !== undefined);
  return both.length > 0 ? ` ${both.join(' and ')}` : '';
}
