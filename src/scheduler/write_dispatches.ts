// Dispatches as the runner takes them: targets become ranges of buffers, parameters a block of bytes, grids what the device allows.
import { DeviceError, UsageError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Place, ResidentName, Table, Target } from '../graph/op.ts';
import { type Kernel, paramBytes } from '../kernel.ts';
import { roundUp } from '../shape.ts';
import type { Request } from './lower.ts';
import type { Dispatch, Plan, Range } from './plan.ts';

/** WebGPU's alignment of offsets into uniform and storage buffers, in bytes. */
const ALIGN = 256;

/** The dispatches, with the parameters, tables and buffers that they name. */
export type Written = Pick<Plan, 'params' | 'tables' | 'residents' | 'dispatches'>;

export function writeDispatches(requests: readonly Request[], place: (value: Value) => Place, maxWorkgroups: number): Written {
  const { tables, residents, rangeOf } = collectRanges(place);
  const { offsets, params } = packAll(requests);
  const dispatches = requests.map((request, i): Dispatch => {
    const { kernel, label, when, work } = request;
    const { workgroups, folded } = spread(request, maxWorkgroups);
    const size = paramBytes(kernel);
    return {
      label,
      kernel: kernel.name,
      sources: [kernel.source, ...(request.link ?? [])],
      overrides: { ...kernel.overrides, ...(request.overrides as Record<string, number> | undefined), ...(folded ? { FOLDED: 1 } : {}) },
      ...(size > 0 ? { params: { offset: offsets[i]!, size } } : {}),
      bindings: targetsOf(request).map(({ access, target }) => ({ access, range: rangeOf(target) })),
      workgroups,
      ...(work === undefined ? {} : { work }),
      when,
    };
  });
  return { params, tables, residents, dispatches };
}

/** What a request binds, the kernel's own before those of its linked modules. */
function targetsOf({ kernel, bindings, moreBindings = [] }: Request): readonly NonNullable<Request['moreBindings']>[number][] {
  const own = Object.entries(kernel.bindings).map(([name, access]) => ({ access, target: (bindings as Record<string, Target>)[name]! }));
  return [...own, ...moreBindings];
}

/** Ranges of targets; on the way the tables are filled, and it is seen how large each buffer must be. */
function collectRanges(place: (value: Value) => Place): { tables: Plan['tables']; residents: Plan['residents']; rangeOf(target: Target): Range } {
  const tables = new Map<string, Uint32Array | Float32Array>();
  const residents = new Map<ResidentName, number>();
  const need = (name: ResidentName, bytes: number): void => {
    residents.set(name, Math.max(residents.get(name) ?? 0, bytes));
  };
  const rangeOf = (target: Target): Range => {
    if (target.kind === 'table') return tableRange(target, tables, place);
    if (target.kind === 'resident') {
      need(target.name, target.bytes ?? 0);
      return { buffer: target.name, offset: 0, size: 0 };
    }
    const { buffer, offset, size } = place(target);
    const bytes = roundUp(Math.max(1, size) * 4, 16);
    need(buffer, offset * 4 + bytes);
    return { buffer, offset: offset * 4, size: bytes };
  };
  return { tables, residents, rangeOf };
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

/** The parameters of all requests one behind the other, and where those of each begin. */
function packAll(requests: readonly Request[]): { offsets: number[]; params: Uint8Array } {
  let end = 0;
  const offsets = requests.map(({ kernel }) => {
    const offset = end;
    end += roundUp(paramBytes(kernel), ALIGN);
    return offset;
  });
  const params = new Uint8Array(Math.max(ALIGN, end));
  requests.forEach(({ kernel, params: own }, i) => {
    const bytes = paramBytes(kernel);
    if (bytes > 0) params.set(packParams(kernel, own as Record<string, number>, bytes), offsets[i]);
  });
  return { offsets, params };
}

function packParams(kernel: Kernel, params: Record<string, number>, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  Object.entries(kernel.params).forEach(([name, type], i) => {
    const value = params[name];
    if (value === undefined) throw new UsageError(`${kernel.name}: the parameter ${name} is missing`);
    if (type === 'f32') view.setFloat32(i * 4, value, true);
    else view.setUint32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
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
