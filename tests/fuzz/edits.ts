// What is done to a valid file before it is read: cuts, bits, lengths and offsets at their edges, keys that come twice, values of another type at any place.
import fc from 'fast-check';

/** Applies what was drawn to a valid input. */
export type Edit<Input> = (input: Input) => Input;

/** A few edits after one another; none leaves the input valid. */
const several = <Input>(edit: fc.Arbitrary<Edit<Input>>): fc.Arbitrary<Edit<Input>> =>
  fc.array(edit, { maxLength: 3 }).map((edits) => (input: Input) => edits.reduce((changed, each) => each(changed), input));

/** Valid inputs, edited. */
export const edited = <Input>(valid: readonly Input[], edits: fc.Arbitrary<Edit<Input>>): fc.Arbitrary<Input> =>
  fc.tuple(fc.constantFrom(...valid), edits).map(([input, edit]) => edit(input));

/** A place in something of any length: half of them in the first bytes, where headers are. */
const place: fc.Arbitrary<(length: number) => number> = fc.oneof(
  fc.nat(80).map((at) => (length: number) => Math.min(at, Math.max(0, length - 1))),
  fc.nat(2 ** 30).map((at) => (length: number) => (length === 0 ? 0 : at % length)),
);

const EDGES = [0, 1, 3, 4, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].flatMap((value) => [value, value - 1]);

const spliced = (bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([...bytes.subarray(0, at), ...added, ...bytes.subarray(at + removed)]);

function withWord(bytes: Uint8Array, at: number, { value, size, little }: { value: number; size: number; little: boolean }): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  const word = new Uint8Array(8);
  new DataView(word.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  const used = little ? word.subarray(0, size) : word.slice(0, size).reverse();
  copy.set(used.subarray(0, Math.max(0, copy.length - at)), Math.min(at, copy.length));
  return copy;
}

export const byteEdits: fc.Arbitrary<Edit<Uint8Array<ArrayBuffer>>> = several<Uint8Array<ArrayBuffer>>(
  fc.oneof(
    place.map((at) => (bytes: Uint8Array) => Uint8Array.from(bytes.subarray(0, at(bytes.length)))),
    fc.tuple(place, fc.nat(7)).map(([at, bit]) => (bytes: Uint8Array) => {
      const copy = Uint8Array.from(bytes);
      if (copy.length > 0) copy[at(copy.length)]! ^= 1 << bit;
      return copy;
    }),
    fc.tuple(place, fc.record({ value: fc.constantFrom(...EDGES), size: fc.constantFrom(1, 2, 4, 8), little: fc.boolean() })).map(
      ([at, word]) =>
        (bytes: Uint8Array) =>
          withWord(bytes, at(bytes.length), word),
    ),
    fc.tuple(place, fc.nat(40)).map(
      ([at, count]) =>
        (bytes: Uint8Array) =>
          spliced(bytes, at(bytes.length), count, new Uint8Array()),
    ),
    fc.tuple(place, fc.uint8Array({ maxLength: 40 })).map(
      ([at, added]) =>
        (bytes: Uint8Array) =>
          spliced(bytes, at(bytes.length), 0, added),
    ),
    fc.tuple(place, place, fc.nat(60)).map(
      ([from, to, count]) =>
        (bytes: Uint8Array) =>
          spliced(bytes, to(bytes.length), 0, bytes.slice(from(bytes.length), from(bytes.length) + count)),
    ),
  ) as fc.Arbitrary<Edit<Uint8Array<ArrayBuffer>>>,
);

/** What stands for trouble in any text. */
const TROUBLE = [
  '',
  ' ',
  '\u0000',
  '\ufeff',
  '\ud800',
  '\u202e',
  '\u001b[2J',
  '<img src=x onerror=alert(1)>',
  '__proto__',
  'constructor',
  'NaN',
  '-Infinity',
  '1e999',
  '-0',
  '٣',
];

/** Edits of a text in which some pieces mean something. */
export function textEdits(pieces: readonly string[]): fc.Arbitrary<Edit<string>> {
  const piece = fc.oneof(
    fc.constantFrom(...pieces, ...TROUBLE),
    fc.constantFrom(...pieces).chain((each) => fc.nat(2000).map((count) => each.repeat(count))),
  );
  return several<string>(
    fc.oneof(
      place.map((at) => (text: string) => text.slice(0, at(text.length))),
      fc.tuple(place, fc.nat(12), piece).map(([at, count, added]) => (text: string) => {
        const begin = at(text.length);
        return text.slice(0, begin) + added + text.slice(begin + count);
      }),
      fc.tuple(place, place, fc.nat(200)).map(([from, to, count]) => (text: string) => {
        const copied = text.slice(from(text.length), from(text.length) + count);
        return text.slice(0, to(text.length)) + copied + text.slice(to(text.length));
      }),
      // A line twice, or left out.
      fc.tuple(place, fc.nat(2)).map(([at, times]) => (text: string) => {
        const lines = text.split('\n');
        return lines.toSpliced(at(lines.length), 1, ...new Array<string>(times).fill(lines[at(lines.length)]!)).join('\n');
      }),
    ),
  );
}

const nested = (depth: number, list: boolean): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = list ? [value] : { a: value };
  return value;
};

/** An own key, whatever it is called. */
const withKey = (target: object, key: string, value: unknown): void => {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
};

/** Values that a place in a document may be given. */
const values: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    'x',
    ...TROUBLE,
    'NaN',
    'Infinity',
    '-Infinity',
    [],
    {},
    [[]],
    [null],
    [{}],
    { name: 'x' },
    { type: 'dense' },
  ),
  fc.constantFrom(-1, -0, 0, 0.5, 1, 2, 3, 1.5, 1e-300, 1e300, 255, 256, 1e6, 2 ** 24, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -(2 ** 53)),
  fc.integer({ min: -5, max: 70 }),
  fc.tuple(fc.constantFrom(3, 50, 201, 1000, 20_000), fc.boolean()).map(([depth, list]) => nested(depth, list)),
  fc.nat(3000).map((length) => 'a'.repeat(length)),
  fc.nat(300).map((length) => new Array(length).fill(0)),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'length').map((key) => {
    const value = {};
    withKey(value, key, { polluted: 1 });
    return value;
  }),
);

interface Place {
  readonly holder: object;
  readonly key: string;
}

/** Every key of every object and list, from the outside in. */
function placesIn(document: unknown): Place[] {
  const open: unknown[] = [document];
  const places: Place[] = [];
  for (let at = 0; at < open.length && places.length < 5000; at++) {
    const holder = open[at];
    if (typeof holder !== 'object' || holder === null) continue;
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      open.push((holder as Record<string, unknown>)[key]);
    }
  }
  return places;
}

/** Without its own depth where that is more than a copy can be made of. */
function copyOf(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
}

const at = ({ holder, key }: Place): unknown => (holder as Record<string, unknown>)[key];

function remove({ holder, key }: Place): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete (holder as Record<string, unknown>)[key];
}

type JsonEdit = (chosen: Place, places: readonly Place[]) => void;

const jsonEdit: fc.Arbitrary<JsonEdit> = fc.oneof(
  {
    weight: 4,
    arbitrary: values.map(
      (value): JsonEdit =>
        (place) =>
          withKey(place.holder, place.key, value),
    ),
  },
  { weight: 1, arbitrary: fc.constant<JsonEdit>(remove) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('__proto__', 'constructor', 'x', 'name', 'type', '0', ''), values).map(
      ([key, value]): JsonEdit =>
        ({ holder }) => {
          if (Array.isArray(holder)) holder.push(value);
          else withKey(holder, key, value);
        },
    ),
  },
  // What stands elsewhere, or several times.
  {
    weight: 2,
    arbitrary: fc.nat(5000).map(
      (other): JsonEdit =>
        (place, places) =>
          withKey(place.holder, place.key, copyOf(at(places[other % places.length]!))),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(2, 30, 300).map(
      (times): JsonEdit =>
        ({ holder, key }) => {
          if (Array.isArray(holder)) for (let i = 0; i < times && holder.length < 2000; i++) holder.push(copyOf(holder[Number(key)]));
        },
    ),
  },
  // A number a little or much larger.
  {
    weight: 3,
    arbitrary: fc.constantFrom(-1, 0.5, 1.0001, 2, 1000, 1e9, 1e30).map(
      (factor): JsonEdit =>
        (place) => {
          const value = at(place);
          if (typeof value === 'number') withKey(place.holder, place.key, value * factor);
        },
    ),
  },
);

/** Edits of what JSON can say. The input stays as it is. */
export const jsonEdits: fc.Arbitrary<Edit<unknown>> = fc.array(fc.tuple(fc.nat(2 ** 30), jsonEdit), { maxLength: 3 }).map((edits) => (document: unknown) => {
  const copy = { document: structuredClone(document) };
  for (const [chosen, edit] of edits) {
    const places = placesIn(copy);
    if (places.length > 0) edit(places[chosen % places.length]!, places);
  }
  return copy.document;
});
