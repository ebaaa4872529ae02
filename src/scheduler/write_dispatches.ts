// Dispatches as the runner takes them: targets become ranges of buffers, parameters a block of bytes, grids what the device allows.
import { DeviceError, UsageError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { BufferName, Place, Table, Target } from '../graph/op.ts';
import { paramBytes } from '../kernel.ts';
import { roundUp } from '../shape.ts';
import type { Request } from './lower.ts';
import type { Dispatch, Plan, Range } from './plan.ts';

/** WebGPU's alignment of offsets into uniform and storage buffers, in bytes. */
const ALIGN = 256;

/** The dispatches, with the parameters, tables and buffers that they name. */
export type Written = Pick<Plan, 'params' | 'tables' | 'persistentBuffers' | 'dispatches'>;

export function writeDispatches(requests: readonly Request[], place: (value: Value) => Place, maxWorkgroups: number): Written {
  const tables = new Map<string, Uint32Array | Float32Array>();
  const persistentBuffers = new Map<BufferName, number>();
  const [params, blocks] = packParams(requests);
  const dispatches = requests.map((request, i): Dispatch => {
    const { kernel, label, when, work } = request;
    const { workgroups, folded } = spread(request, maxWorkgroups);
    return {
      label,
      kernel: kernel.name,
      sources: [kernel.source, ...(request.link ?? [])],
      overrides: { ...kernel.overrides, ...(request.overrides as Record<string, number> | undefined), ...(folded ? { FOLDED: 1 } : {}) },
      ...(blocks[i]!.size > 0 ? { params: blocks[i]! } : {}),
      bindings: targetsOf(request).map(({ access, target }) => ({ access, range: rangeOf(target, tables, persistentBuffers, place) })),
      workgroups,
      ...(work === undefined ? {} : { work }),
      when,
    };
  });
  return { params, tables, persistentBuffers, dispatches };
}

/** What a request binds, the kernel's own before those of its linked modules. */
function targetsOf({ kernel, bindings, moreBindings = [] }: Request): readonly NonNullable<Request['moreBindings']>[number][] {
  const own = Object.entries(kernel.bindings).map(([name, access]) => ({ access, target: (bindings as Record<string, Target>)[name]! }));
  return [...own, ...moreBindings];
}

/** Where a target lies. On the way the tables are filled, and it is seen how large each buffer must be. */
function rangeOf(
  target: Target,
  tables: Map<string, Uint32Array | Float32Array>,
  persistentBuffers: Map<BufferName, number>,
  place: (value: Value) => Place,
): Range {
  if (target.kind === 'table') return tableRange(target, tables, place);
  const need = (name: BufferName, bytes: number): void => {
    persistentBuffers.set(name, Math.max(persistentBuffers.get(name) ?? 0, bytes));
  };
  if (target.kind === 'persistent') {
    need(target.name, target.bytes ?? 0);
    return { buffer: target.name, offset: 0, size: 0 };
  }
  const { buffer, offset, size } = place(target);
  const bytes = roundUp(Math.max(1, size) * 4, 16);
  need(buffer, offset * 4 + bytes);
  return { buffer, offset: offset * 4, size: bytes };
}

function tableRange(table: Table, tables: Map<string, Uint32Array | Float32Array>, place: (value: Value) => Place): Range {
  let data = tables.get(table.name);
  if (!data) {
    data = table.fill(place);
    if (data.length !== table.words) throw new UsageError(`table ${table.name}: expected ${table.words} words, got ${data.length}`);
    tables.set(table.name, data);
  }
  return { buffer: `table/${table.name}`, offset: 0, size: 0 };
}

/** The parameters of all requests, concatenated, and the offset of each. */
function packParams(requests: readonly Request[]): [bytes: Uint8Array, blocks: { offset: number; size: number }[]] {
  let end = 0;
  const blocks = requests.map(({ kernel }) => {
    const block = { offset: end, size: paramBytes(kernel) };
    end += roundUp(block.size, ALIGN);
    return block;
  });
  const view = new DataView(new ArrayBuffer(Math.max(ALIGN, end)));
  requests.forEach(({ kernel, params }, i) => {
    Object.entries(kernel.params).forEach(([name, type], word) => {
      const value = (params as Record<string, number> | undefined)?.[name];
      if (value === undefined) throw new UsageError(`${kernel.name}: the parameter ${name} is missing`);
      view[type === 'f32' ? 'setFloat32' : 'setUint32'](blocks[i]!.offset + word * 4, value, true);
    });
  });
  return [new Uint8Array(view.buffer), blocks];
}

/**
 * A grid above the device's limit in one direction is folded into two: kernels undo it (shaders/lib/grid.wgsl). One that has two directions already is
 * counted through, row by row, which its kernel has an override FOLDED for (shaders/matmul/shape.wgsl).
 */
function spread({ kernel, label, workgroups }: Request, limit: number): { workgroups: [number, number, number]; folded: boolean } {
  const [x, y = 1, z = 1] = workgroups;
  if (x <= limit && y <= limit && z <= limit) return { workgroups: [x, y, z], folded: false };
  const count = x * y * z;
  const flat = workgroups.length === 1;
  if (count <= limit * limit && (flat || ('FOLDED' in kernel.overrides && z === 1))) {
    const width = Math.ceil(Math.sqrt(count));
    return { workgroups: [width, Math.ceil(count / width), 1], folded: !flat };
  }
  throw new DeviceError('limit', `${label}: a grid of ${x} x ${y} x ${z} exceeds this device's ${limit}: use smaller tensors`);
}
