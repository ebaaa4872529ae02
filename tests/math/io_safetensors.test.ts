// Safetensors: what is written is read, and nothing that was tampered with is.
import { describe, expect, test } from 'vitest';
import { DataError, UsageError } from '../../src/errors.ts';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors.ts';
import { Random } from '../../src/random.ts';
import type { HostTensor } from '../../src/shape.ts';

const tensors = new Map<string, HostTensor>([
  ['dense_1/weight', { shape: [2, 3], data: Float32Array.of(1, -0, 1e-45, Number.NaN, Number.NEGATIVE_INFINITY, 3.4e38) }],
  ['dense_1/bias', { shape: [3], data: Float32Array.of(7, 8, 9) }],
  ['none', { shape: [0, 5], data: new Float32Array() }],
  ['one', { shape: [], data: Float32Array.of(0.5) }],
]);
const bitsOf = (map: ReadonlyMap<string, HostTensor>): [string, readonly number[], number[]][] =>
  [...map].map(([name, { shape, data }]) => [name, shape, [...new Uint32Array(data.buffer, data.byteOffset, data.length)]]);

/** A file of a header and so many bytes of data. */
function file(header: string | Uint8Array, data = 0, length?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}
const entry = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype = 'F32'): string =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

describe('round trip', () => {
  test('every bit, shape and name, and the metadata', () => {
    const metadata = { format: 'pt', 'naïve "key"\n': 'wert {"a": [1]} \\ ☃', '': '' };
    const bytes = writeSafetensors(tensors, metadata);
    const read = readSafetensors(bytes);
    expect(bitsOf(read.tensors)).toEqual(bitsOf(tensors));
    expect(Object.fromEntries(read.metadata)).toEqual(metadata);
    // The data is aligned, whatever the header.
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
  });

  test('from any offset of a buffer, as copies', () => {
    const bytes = writeSafetensors(tensors);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const read = readSafetensors(shifted.subarray(3));
    shifted.fill(0);
    expect(bitsOf(read.tensors)).toEqual(bitsOf(tensors));
  });

  test('no tensors at all', () => {
    expect(readSafetensors(writeSafetensors(new Map())).tensors.size).toBe(0);
    expect(readSafetensors(file('{}')).tensors.size).toBe(0);
  });

  test("a file in Node's Buffer: each tensor is its own", () => {
    const bytes = writeSafetensors(
      new Map([
        ['a', { shape: [2], data: Float32Array.of(1, 2) }],
        ['b', { shape: [1], data: Float32Array.of(3) }],
      ]),
    );
    expect([...readSafetensors(Buffer.from(bytes)).tensors].map(([name, { data }]) => [name, ...data])).toEqual([
      ['a', 1, 2],
      ['b', 3],
    ]);
  });

  test('names that objects have by themselves are names like others', () => {
    const odd = new Map(['constructor', 'toString', 'hasOwnProperty', '0', ''].map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }]));
    const read = readSafetensors(writeSafetensors(odd)).tensors;
    for (const [name, { data }] of odd) expect(read.get(name)!.data).toEqual(data);
    expect(read.size).toBe(odd.size);
  });

  test('tensors in another order than the header, and blanks around it', () => {
    const bytes = file(`{ "b" : ${entry(4, 12)}, "a" : ${entry(0, 4)} }   `, 12);
    bytes.set([0, 0, 128, 63], bytes.length - 12);
    const read = readSafetensors(bytes).tensors;
    expect([...read.get('a')!.data]).toEqual([1]);
    expect([...read.get('b')!.data]).toEqual([0, 0]);
  });

  test.each([
    ['__metadata__', { shape: [1], data: new Float32Array(1) }, 'a tensor cannot be named __metadata__'],
    ['__proto__', { shape: [1], data: new Float32Array(1) }, 'a tensor cannot be named __proto__'],
    ['w', { shape: [2, 2], data: new Float32Array(3) }, 'w: expected 4 values for [2, 2], got 3'],
  ])('refuses to write %s', (name, tensor, message) => {
    expect(() => writeSafetensors(new Map([[name, tensor]]))).toThrow(UsageError);
    expect(() => writeSafetensors(new Map([[name, tensor]]))).toThrow(message);
  });
});

const deep = (n: number): string => `${'['.repeat(n)}${']'.repeat(n)}`;
const hostile: [string, Uint8Array, RegExp][] = [
  ['nothing', new Uint8Array(), /at least 8 bytes, got 0/],
  ['seven bytes', new Uint8Array(7), /at least 8 bytes, got 7/],
  ['a header behind the end', file('{}', 0, 3n), /a header of 3 bytes is not in a file of 10/],
  ['a header of 2^63', file('{}', 0, 2n ** 63n), /a header of 9223372036854775808 bytes is not in a file of 10/],
  ['a header of 2^64 - 1', file('{}', 0, 2n ** 64n - 1n), /18446744073709551615/],
  ['a header of 2^53 + 1', file('{}', 0, 2n ** 53n + 1n), /9007199254740993/],
  ['no header', file(''), /does not start with \{/],
  ['another format', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0]), /no safetensors file/],
  ['a list', file('[]'), /does not start with \{/],
  ['broken JSON', file('{"a": '), /the header is not JSON/],
  ['a comma too many', file('{"a": 1,}'), /the header is not JSON/],
  ['what follows the header', file('{} x'), /the header is not JSON/],
  ['no UTF-8', file(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), /the header is not UTF-8/],
  ['an overlong encoding', file(Uint8Array.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x7d])), /the header is not UTF-8/],
  ['lists 200,000 deep', file(`{"a":${deep(200_000)}}`), /nested more than 3 deep|not JSON/],
  ['lists four deep', file(`{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}`, 4), /nested more than 3 deep/],
  ['a tensor twice', file(`{"a":${entry(0, 4)},"a":${entry(4, 8)}}`, 8), /the key "a" twice/],
  ['a tensor twice, once escaped', file(`{"a":${entry(0, 4)},"\\u0061":${entry(4, 8)}}`, 8), /the key "a" twice/],
  ['a shape twice', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"shape":[1]}}', 4), /the key "shape" twice/],
  ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), /the key "__metadata__" twice/],
  ['__proto__ as a tensor', file(`{"__proto__":${entry(0, 4)}}`, 4), /a key __proto__/],
  ['__proto__ in disguise', file(`{"\\u005f_proto__":${entry(0, 4)}}`, 4), /a key __proto__/],
  ['__proto__ in a tensor', file('{"a":{"__proto__":{"dtype":"F32"},"shape":[1],"data_offsets":[0,4]}}', 4), /a key __proto__/],
  ['__proto__ in the metadata', file('{"__metadata__":{"__proto__":"x"}}'), /a key __proto__/],
  ['metadata that is no object', file('{"__metadata__":[]}'), /__metadata__: expected an object, got \[\]/],
  ['metadata that is no text', file('{"__metadata__":{"epoch":3}}'), /__metadata__.epoch: expected a string, got 3/],
  ['a tensor that is a number', file('{"a":1}'), /"a": expected an object, got 1/],
  ['a tensor that is null', file('{"a":null}'), /"a": expected an object, got null/],
  ['an unknown key', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]}}', 4), /unknown key "strides"/],
  ['no dtype', file('{"a":{"shape":[1],"data_offsets":[0,4]}}', 4), /expected dtype "F32", got undefined/],
  ['another dtype', file(`{"a":${entry(0, 4, [2], 'F16')}}`, 4), /expected dtype "F32", got "F16"; convert/],
  ['no shape', file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), /shape: expected whole numbers/],
  ['a negative size', file(`{"a":${entry(0, 4, [-1, -1])}}`, 4), /shape: expected whole numbers of at least 0, got \[-1, -1\]/],
  ['a broken size', file(`{"a":${entry(0, 4, [0.5, 2])}}`, 4), /shape: expected whole numbers/],
  ['a size of 1e300', file(`{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}`, 4), /shape: expected whole numbers/],
  ['sizes that multiply beyond 2^64', file(`{"a":${entry(0, 4, [2 ** 32, 2 ** 32, 2 ** 32])}}`, 4), /needs .* bytes, data_offsets give it 4/],
  ['sizes that multiply beyond every number', file(`{"a":${entry(0, 4, new Array(30).fill(2 ** 50))}}`, 4), /needs Infinity bytes/],
  ['a shape of other bytes', file(`{"a":${entry(0, 8, [3])}}`, 8), /shape \[3\] needs 12 bytes, data_offsets give it 8/],
  ['one offset', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 4), /data_offsets: expected \[begin, end\], got \[0\]/],
  ['offsets that run back', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', 4), /data_offsets: expected \[begin, end\], got \[4, 0\]/],
  ['negative offsets', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}', 4), /data_offsets/],
  ['data behind the end', file(`{"a":${entry(0, 8)}}`, 4), /need 8 bytes of data, the file holds 4; it is truncated/],
  ['data before the end', file(`{"a":${entry(0, 4)}}`, 8), /need 4 bytes of data, the file holds 8; it is followed/],
  ['a hole', file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12), /"b" begins at byte 8 of the data, after a gap/],
  ['a hole at the start', file(`{"a":${entry(4, 8)}}`, 8), /"a" begins at byte 4 of the data, after a gap/],
  ['an overlap', file(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12), /"b" begins at byte 4 of the data, inside the tensor before it, which ends at 8/],
  ['the same place twice', file(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4), /"b" begins at byte 0 of the data, inside/],
];

test.each(hostile)('refuses %s', (_name, bytes, message) => {
  expect(() => readSafetensors(bytes)).toThrow(DataError);
  expect(() => readSafetensors(bytes)).toThrow(message);
  expect(({} as { dtype?: string }).dtype).toBeUndefined();
});

describe('files that were tampered with', () => {
  const bytes = writeSafetensors(tensors, { 'fathom.document': '{"seed":1}' });
  const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const names = new Set(tensors.keys());

  test('every truncation is refused, and everything that follows the end', () => {
    for (let length = 0; length < bytes.length; length++) expect(() => readSafetensors(bytes.subarray(0, length)), `${length} bytes`).toThrow(DataError);
    for (const more of [1, 4, 100]) expect(() => readSafetensors(Uint8Array.from([...bytes, ...new Uint8Array(more)]))).toThrow(DataError);
  });

  test('a byte that was changed is a DataError or other values, never another error', () => {
    const random = new Random(5);
    let refused = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const copy = bytes.slice();
      const changes = 1 + random.integer(3);
      for (let i = 0; i < changes; i++) copy[random.integer(trial % 2 ? 8 + header : bytes.length)] = random.integer(trial % 3 ? 256 : 128);
      try {
        // What is accepted fills the file and has a value for every element.
        const read = readSafetensors(copy).tensors;
        const words = [...read.values()].reduce((sum, { shape, data }) => {
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
          return sum + data.length;
        }, 0);
        expect(words).toBe(10);
        expect(read.size).toBe(names.size);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1500);
  });

  test('pieces that were moved, doubled or left out are refused', () => {
    const random = new Random(6);
    const text = new TextDecoder().decode(bytes.subarray(8, 8 + header)).trim();
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^"{}[\]:,]+/g)!;
    for (let trial = 0; trial < 2000; trial++) {
      const copy = [...tokens];
      const [from, to] = [random.integer(copy.length), random.integer(copy.length)];
      if (trial % 3 === 0) copy.splice(from, 1 + random.integer(8));
      else if (trial % 3 === 1) copy.splice(to, 0, ...copy.slice(from, from + 1 + random.integer(30)));
      else [copy[from], copy[to]] = [copy[to]!, copy[from]!];
      const changed = copy.join('');
      if (changed === text) continue;
      const data = new Uint8Array(file(changed, bytes.length - 8 - header));
      try {
        const read = readSafetensors(data).tensors;
        expect([...read.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(10);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }
  });
});
