// A plan as text: JSON with the WGSL of its kernels, so that it runs where the graph was never built. Words of tables and parameters are base64,
// and a checksum tells a damaged plan from a whole one, since most of what it holds is numbers that no rule could tell from others.
// Whoever changes what a field means, or the run state that kernels read, counts the format up.
import { DataError, isObject, show } from '../errors.ts';
import type { BufferName } from '../graph/op.ts';
import { type Source, sourcesKey } from '../kernel.ts';
import type { LayoutEntry, ParameterLayout } from '../layout.ts';
import { roundUp, sizeOf, type TensorType } from '../shape.ts';
import { type Dispatch, type Named, type PlacedValue, type Plan, requirePlan } from './plan.ts';

const NAME = 'fathom-plan/';
/** Version 1 had other names of kernels and buffers; a plan is quickly made again, so it is not read. */
const VERSION = 2;

/**
 * Writes a plan as JSON. Equal plans give equal texts.
 *
 * @param plan - From `program.plan`.
 * @returns The text.
 * @throws UsageError for what is no plan.
 * @example
 * const text = storePlan(program.plan);
 */
export function storePlan(plan: Plan): string {
  requirePlan('storePlan', plan);
  const places = new Map<string, number>();
  const sources: Source[] = [];
  const indexOf = (source: Source): number => {
    const key = sourcesKey([source]);
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, sources.length);
    return sources.push({ file: source.file, text: source.text }) - 1;
  };
  const body = sorted({
    ...plan,
    params: toBase64(plan.params),
    tables: [...plan.tables].map(([name, data]) => ({ name, type: data instanceof Float32Array ? 'f32' : 'u32', words: toBase64(data) })),
    persistentBuffers: [...plan.persistentBuffers].map(([name, bytes]) => ({ name, bytes })),
    dispatches: plan.dispatches.map((dispatch) => ({ ...dispatch, sources: dispatch.sources.map(indexOf) })),
    sources,
  }) as object;
  return JSON.stringify({ format: `${NAME}${VERSION}`, checksum: hashOf(body), ...body });
}

/**
 * Opens the plan in a text that `storePlan` made, or in the JSON parsed from it.
 *
 * @param stored - The text, or the parsed JSON.
 * @returns The plan, for `compile`.
 * @throws DataError where it is damaged, or of a newer version.
 * @example
 * const program = await compile(engine, openPlan(text));
 */
export function openPlan(stored: unknown): Plan {
  const { format, checksum, ...body } = parse(stored);
  const version = typeof format === 'string' && format.startsWith(NAME) ? Number(format.slice(NAME.length)) : Number.NaN;
  if (version > VERSION) throw new DataError(`plan: its format is ${show(format)}, and this version of the package reads ${NAME}${VERSION}: use a newer one`);
  if (version === 1) throw new DataError(`plan: its format is ${show(format)}, of an earlier version: make it again with storePlan`);
  if (version !== VERSION) throw new DataError(`plan: expected "format": "${NAME}${VERSION}", got ${show(format)}: give what storePlan returned`);
  const { sources, tables, persistentBuffers, dispatches, ...rest } = storedPlan(body, '');
  if (checksum !== checksumOf(body)) throw damaged('its checksum is not that of what it holds');
  const plan: Plan = {
    ...rest,
    tables: new Map(tables.map(({ name, type, words }) => [name, type === 'f32' ? new Float32Array(words.buffer) : new Uint32Array(words.buffer)])),
    persistentBuffers: new Map(persistentBuffers.map(({ name, bytes }) => [name, bytes])),
    dispatches: dispatches.map((dispatch, i): Dispatch => {
      const own = dispatch.sources.map((index) => sources[index] ?? refuse(`dispatches[${i}].sources`, `an index below ${sources.length}`, index));
      return { ...dispatch, sources: own };
    }),
  };
  checkRanges(plan);
  return plan;
}

function parse(stored: unknown): Record<string, unknown> {
  let value = stored;
  if (typeof stored === 'string')
    try {
      value = JSON.parse(stored);
    } catch (cause) {
      throw new DataError(`plan: expected the JSON text that storePlan returned: ${(cause as Error).message}`, { cause });
    }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DataError(`plan: expected the JSON text that storePlan returned, got ${show(value)}`);
  return value as Record<string, unknown>;
}

const damaged = (what: string): DataError => new DataError(`plan: ${what}: it is damaged: store it again`);

function refuse(where: string, expected: string, got: unknown): never {
  throw damaged(`${where}: expected ${expected}, got ${show(got)}`);
}

/** Throws DataError where a range reaches beyond its buffer, or a buffer is none of the plan's. */
function checkRanges({ params, activations, sums, tables, persistentBuffers, dispatches, layout, bufferLayout, places, classes, needed = [] }: Plan): void {
  const bytes = new Map<string, number>(persistentBuffers);
  bytes.set('parameters', layout.words * 4).set('gradients', layout.words * 4);
  bytes.set('buffers', bufferLayout.words * 4);
  for (const [name, { byteLength }] of tables) bytes.set(`table/${name}`, byteLength);
  for (const own of [...activations, ...sums]) bytes.set(own.buffer, own.bytes);
  const inside = (where: string, buffer: string, end: number): void => {
    const max = bytes.get(buffer) ?? refuse(where, 'a buffer of the plan', buffer);
    // 0: whatever there is.
    if (max > 0 && end > roundUp(max, 16)) refuse(where, `a range within the ${max} bytes of ${buffer}`, end);
  };
  dispatches.forEach(({ params: block, bindings }, i) => {
    if (block && block.offset + block.size > params.length) refuse(`dispatches[${i}].params`, `a range within ${params.length} bytes`, block);
    bindings.forEach(({ range }, b) => inside(`dispatches[${i}].bindings[${b}]`, range.buffer, range.offset + range.size));
  });
  for (const [name, { entries, words }] of Object.entries({ layout, bufferLayout }))
    entries.forEach(({ shape, offset, size }, i) => {
      if (size !== sizeOf(shape)) refuse(`${name}.entries[${i}].size`, String(sizeOf(shape)), size);
      if (offset + size > words) refuse(`${name}.entries[${i}]`, `a range within ${words} words`, offset + size);
    });
  places.forEach(({ buffer, offset, size, type }, i) => {
    if (size !== sizeOf(type.shape)) refuse(`places[${i}].size`, String(sizeOf(type.shape)), size);
    inside(`places[${i}]`, buffer, (offset + size) * 4);
  });
  const ids = new Set(places.map(({ id }) => id));
  classes.forEach(({ id }, i) => ids.has(id) || refuse(`classes[${i}].id`, 'that of a place', id));
  needed.forEach((id, i) => ids.has(id) || refuse(`needed[${i}]`, 'the number of a place', id));
}

/** The same with the fields of all objects in one order, in which equal things are equal as text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]));
}

/** The checksum of what was read; undefined where it is nested so deeply that nothing can walk through it, which no plan is. */
function checksumOf(body: unknown): string | undefined {
  try {
    return hashOf(sorted(body));
  } catch {
    return undefined;
  }
}

/** FNV-1a over the JSON text: any change of a single character changes it. */
function hashOf(body: unknown): string {
  const text = JSON.stringify(body);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function toBase64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let text = '';
  // A call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** Reads a part of a plan; throws DataError where it is something else. */
type Read<T> = (value: unknown, where: string) => T;

const text: Read<string> = (value, where) => (typeof value === 'string' ? value : refuse(where, 'text', value));
const flag: Read<boolean> = (value, where) => (typeof value === 'boolean' ? value : refuse(where, 'true or false', value));
/** A stored plan has no -0. */
const number: Read<number> = (value, where) => (typeof value === 'number' ? value + 0 : refuse(where, 'a number', value));
const whole: Read<number> = (value, where) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) + 0 : refuse(where, 'a whole number', value);
const base64: Read<Uint8Array<ArrayBuffer>> = (value, where) => {
  try {
    return Uint8Array.from(atob(text(value, where)), (char) => char.charCodeAt(0));
  } catch {
    return refuse(where, 'base64', value);
  }
};
const words: Read<Uint8Array<ArrayBuffer>> = (value, where) => {
  const bytes = base64(value, where);
  return bytes.length % 4 === 0 ? bytes : refuse(where, 'whole words', value);
};
/* @__NO_SIDE_EFFECTS__ */
function oneOf<T extends string>(...names: T[]): Read<T> {
  return (value, where) => (names.includes(value as T) ? (value as T) : refuse(where, `one of ${names.join(', ')}`, value));
}
/* @__NO_SIDE_EFFECTS__ */
function listOf<T>(item: Read<T>): Read<T[]> {
  return (value, where) => (Array.isArray(value) ? value.map((each, i) => item(each, `${where}[${i}]`)) : refuse(where, 'a list', value));
}

const pathOf = (where: string, name: string): string => (where ? `${where}.${name}` : name);

const entriesOf = (value: unknown, where: string): [string, unknown][] => (isObject(value) ? Object.entries(value) : refuse(where, 'an object', value));
const numbers: Read<Record<string, number>> = (value, where) =>
  Object.fromEntries(entriesOf(value, where).map(([name, each]) => [name, number(each, pathOf(where, name))]));

/** The type checker holds the fields to those of the type; what is `optional` may be absent. */
/* @__NO_SIDE_EFFECTS__ */
function recordOf<T extends object>(fields: { readonly [Field in keyof T]-?: Read<NonNullable<T[Field]>> }, optional: readonly (keyof T)[] = []): Read<T> {
  return (value, where) => {
    const given = new Map(entriesOf(value, where));
    const own = Object.entries(fields) as [string, Read<unknown>][];
    const present = own.filter(([name]) => given.has(name) || !optional.includes(name as keyof T));
    return Object.fromEntries(present.map(([name, read]) => [name, read(given.get(name), pathOf(where, name))])) as T;
  };
}

const type = recordOf<TensorType>({ shape: listOf(whole), dtype: oneOf('f32', 'i32'), rowsPerSample: whole });
const named = recordOf<Named>({ name: text, type });
const buffer = text as Read<BufferName>;
const layout = recordOf<ParameterLayout>({
  entries: listOf(recordOf<LayoutEntry>({ path: text, shape: listOf(whole), offset: whole, size: whole, l1: number, l2: number, decay: flag })),
  words: whole,
});
const buffers = listOf(recordOf<Plan['activations'][number]>({ buffer, bytes: whole }));
const workgroups: Read<Dispatch['workgroups']> = (value, where) => {
  const [x, y, z, ...more] = listOf(whole)(value, where);
  return x && y && z && more.length === 0 ? [x, y, z] : refuse(where, 'three positive numbers', value);
};

interface Table {
  readonly name: string;
  readonly type: 'f32' | 'u32';
  readonly words: Uint8Array<ArrayBuffer>;
}

interface StoredPlan extends Omit<Plan, 'tables' | 'persistentBuffers' | 'dispatches'> {
  readonly tables: readonly Table[];
  readonly persistentBuffers: readonly { readonly name: BufferName; readonly bytes: number }[];
  readonly dispatches: readonly (Omit<Dispatch, 'sources'> & { readonly sources: readonly number[] })[];
  readonly sources: readonly Source[];
}

const storedPlan = recordOf<StoredPlan>(
  {
    capabilities: recordOf<Plan['capabilities']>({ swiftshader: flag, subgroupSize: whole, maxWorkgroups: whole, maxBufferBytes: whole }),
    params: base64,
    tables: listOf(recordOf<Table>({ name: text, type: oneOf('f32', 'u32'), words })),
    activations: buffers,
    sums: buffers,
    persistentBuffers: listOf(recordOf<StoredPlan['persistentBuffers'][number]>({ name: buffer, bytes: whole })),
    dispatches: listOf(
      recordOf<StoredPlan['dispatches'][number]>(
        {
          label: text,
          kernel: text,
          sources: listOf(whole),
          overrides: numbers,
          params: recordOf<NonNullable<Dispatch['params']>>({ offset: whole, size: whole }),
          bindings: listOf(
            recordOf<Dispatch['bindings'][number]>({
              access: oneOf('read', 'read_write'),
              range: recordOf<Dispatch['bindings'][number]['range']>({ buffer: text, offset: whole, size: whole }),
            }),
          ),
          workgroups,
          work: whole,
          when: recordOf<Dispatch['when']>({ groups: listOf(text), unless: listOf(text) }),
        },
        ['params', 'work'],
      ),
    ),
    sources: listOf(recordOf<Source>({ file: text, text })),
    layout,
    bufferLayout: layout,
    places: listOf(recordOf<PlacedValue>({ id: whole, name: text, type, buffer, offset: whole, size: whole })),
    classes: listOf(recordOf<Plan['classes'][number]>({ id: whole, op: text, count: whole })),
    aliases: listOf(recordOf<Plan['aliases'][number]>({ alias: named, of: named })),
    fused: listOf(text),
    needed: listOf(whole),
  },
  ['needed'],
);
