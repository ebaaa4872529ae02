// Weights as a safetensors file: eight bytes of header length, a JSON header, then the numbers. The document of the run
// travels in its metadata, so that the file says what network it belongs to.
import type { HostTensor } from '../../src/index.ts';

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Parameters by path, and what to write into the metadata, as the bytes of a file. */
export function toSafetensors(tensors: ReadonlyMap<string, HostTensor>, metadata: Record<string, string>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape: shape ? [...shape] : [data.length], data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  // Padded with spaces to eight bytes, so that the numbers are aligned.
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (text.length % 8)) % 8);
  const head = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + head.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let at = 8 + head.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** The reverse. Throws in words for what is no such file. */
export function fromSafetensors(bytes: Uint8Array): Map<string, HostTensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length > 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (8 + length > bytes.length) throw new Error('This is no safetensors file: its header is longer than the file.');
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, Entry>;
  const tensors = new Map<string, HostTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (entry.dtype !== 'F32') throw new Error(`The tensor ${name} has numbers of type ${entry.dtype}; only F32 can be read.`);
    const [from, to] = entry.data_offsets;
    tensors.set(name, { shape: entry.shape, data: new Float32Array(bytes.slice(8 + length + from, 8 + length + to).buffer) });
  }
  return tensors;
}
