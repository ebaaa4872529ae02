// Whether a value fits a schema, said quickly: valibot takes several microseconds for each object, which a history has a million of.
// Where the answer is no, valibot is asked again and says why.
import * as v from 'valibot';

type Test = (value: unknown) => boolean;
type Schema = v.GenericSchema & Record<string, unknown>;
interface Action {
  readonly type: string;
  readonly requirement?: unknown;
}

const ACTIONS: Readonly<Record<string, (requirement: never) => Test>> = {
  finite: () => Number.isFinite,
  integer: () => Number.isInteger,
  safe_integer: () => Number.isSafeInteger,
  min_value: (min: number) => (value) => (value as number) >= min,
  max_value: (max: number) => (value) => (value as number) <= max,
  min_length: (min: number) => (value) => (value as unknown[]).length >= min,
};

/** A function that tells whether a value fits. For schemas that change no value; kinds that it does not know are left to valibot. */
export function fits(schema: v.GenericSchema): Test {
  const { type, pipe, entries, wrapped, item, check, options } = schema as Schema;
  if (pipe) return all((pipe as (Schema | Action)[]).map((part, i) => (i === 0 ? fits(part as Schema) : action(part as Action, schema))));
  if (type === 'number') return (value) => typeof value === 'number' && !Number.isNaN(value);
  if (type === 'string' || type === 'boolean') return (value) => typeof value === type;
  if (type === 'custom') return check as Test;
  if (type === 'picklist') return (value) => (options as unknown[]).includes(value);
  if (type === 'exact_optional') return fits(wrapped as Schema);
  if (type === 'array') {
    const each = fits(item as Schema);
    return (value) => Array.isArray(value) && value.every(each);
  }
  return type === 'strict_object' ? object(entries as Record<string, Schema>) : (value) => v.is(schema, value);
}

/** An object with these keys and no other. */
function object(entries: Readonly<Record<string, Schema>>): Test {
  const known = Object.entries(entries).map(([key, schema]) => ({ key, test: fits(schema), needed: schema.type !== 'exact_optional' }));
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    let found = 0;
    for (const { key, test, needed } of known)
      if (Object.hasOwn(value, key)) {
        if (!test((value as Record<string, unknown>)[key])) return false;
        found++;
      } else if (needed) return false;
    return found === Object.keys(value).length;
  };
}

const action = ({ type, requirement }: Action, schema: v.GenericSchema): Test =>
  type === 'description' ? () => true : (ACTIONS[type]?.(requirement as never) ?? ((value) => v.is(schema, value)));

const all = (tests: readonly Test[]): Test => (tests.length === 1 ? tests[0]! : (value) => tests.every((test) => test(value)));
