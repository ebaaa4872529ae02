// A kernel is a WGSL file with a typed header. Its snake_case name is its file, its pipeline label, its profiler row and
// its test. Functions are shared by linking: module-scope WGSL is order-independent, so files put together compile.

/** One WGSL file: its path below shaders/ without the ending, and its text. */
export interface Source {
  /** Its path below shaders/, without the ending. */
  readonly file: string;
  /** Its WGSL. */
  readonly text: string;
}

/** How a kernel binds a buffer. */
export type Access = 'read' | 'read_write';
/** The type of a word of the uniform block. */
export type ParamType = 'u32' | 'f32';

/**
 * The header of a kernel: what its WGSL file declares, checked by tests/shaders.
 * Binding 0 is the uniform `params` where there are parameters; the storage bindings follow from 1 in order.
 * Whatever may lie in an arena is `read_write`, inputs too: WebGPU refuses one buffer bound both `read` and
 * `read_write` in a dispatch, while disjoint ranges that are all `read_write` are fine. Tables and the run state are `read`.
 */
export interface Kernel<Binding extends string = string, Param extends string = string, Override extends string = string> {
  /** Its name in labels, as that of its file. */
  readonly name: string;
  /** Its WGSL file. */
  readonly source: Source;
  /** Its storage bindings, in order. */
  readonly bindings: Readonly<Record<Binding, Access>>;
  /** The words of its uniform block, in order. */
  readonly params: Readonly<Record<Param, ParamType>>;
  /** Pipeline constants with their defaults. */
  readonly overrides: Readonly<Record<Override, number>>;
}

/** The overrides of most kernels: workgroups of 64 invocations, an element or four for each. */
const ONE_EACH = { WORKGROUP: 64 };

/**
 * Declares a kernel with what its WGSL declares, of which the override `WORKGROUP = 64` alone may be left out; the type parameters are inferred so that a dispatch with a missing binding does not compile.
 * Marked as free of side effects, like the other makers of ops, so that a bundle leaves out the kernels that its program does not reach.
 */
/* @__NO_SIDE_EFFECTS__ */
export function kernel<const Binding extends string, const Param extends string, const Override extends string = 'WORKGROUP'>(
  name: string,
  text: string,
  header: { bindings: Record<Binding, Access>; params?: Record<Param, ParamType>; overrides?: Record<Override, number> },
): Kernel<Binding, Param, Override> {
  return {
    name,
    source: { file: name, text },
    bindings: header.bindings,
    params: header.params ?? ({} as Record<Param, ParamType>),
    overrides: header.overrides ?? (ONE_EACH as Record<Override, number>),
  };
}

/** Linked shader text, with the way back from a line to its file. */
export interface Linked {
  readonly code: string;
  /** `shaders/matmul.wgsl:12:3` of a line and column (both from 1) of `code`. */
  locate(line: number, column: number): string;
}

const linked = new Map<string, Linked>();

/** Numbers of texts, in the order in which they came. */
const texts = new Map<string, number>();

/** What tells sources from all others: their files and texts. A stored plan may bring another text for a file than this package has. */
export function sourcesKey(sources: readonly Source[]): string {
  return sources
    .map(({ file, text }) => {
      const number = texts.get(text) ?? texts.size;
      texts.set(text, number);
      return `${file}#${number}`;
    })
    .join('+');
}

/** Puts a kernel's file and the modules it is linked with together; `enable` lines go to the front. */
export function link(sources: readonly Source[]): Linked {
  const unique = sources.filter((source, i) => sources.findIndex((s) => s.file === source.file) === i);
  const key = sourcesKey(unique);
  const known = linked.get(key);
  if (known) return known;
  const enables: string[] = [];
  const parts: { file: string; first: number }[] = [];
  const lines: string[] = [];
  for (const { file, text } of unique) {
    parts.push({ file, first: lines.length });
    for (const line of text.split('\n')) {
      if (/^\s*enable\s/.test(line)) {
        if (!enables.includes(line.trim())) enables.push(line.trim());
        lines.push('');
      } else lines.push(line);
    }
  }
  const result: Linked = {
    code: [...enables, ...lines].join('\n'),
    locate(line, column) {
      const at = line - 1 - enables.length;
      const part = parts.findLast((p) => p.first <= at) ?? parts[0]!;
      return `shaders/${part.file}.wgsl:${at - part.first + 1}:${column}`;
    },
  };
  linked.set(key, result);
  return result;
}

/** Bytes of the uniform block of a kernel; 0 where it has none. All members are 4 bytes wide. */
export function paramBytes(k: Kernel): number {
  const count = Object.keys(k.params).length;
  return count === 0 ? 0 : Math.ceil(count / 4) * 16;
}
