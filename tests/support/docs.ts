// The doc comments of what the package exports, read with the compiler that is installed, and the examples in all of them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { API, type Checker, type NodeHandle, type Signature, SignatureKind, SymbolFlags, type Symbol as TsSymbol, type Type } from 'typescript/unstable/sync';

const root = new URL('../..', import.meta.url).pathname;
const src = join(root, 'src');

/** The package's entries by the name under which a program imports them. */
export const ENTRIES = {
  'fathom-webgpu': 'index.ts',
  'fathom-webgpu/ops': 'ops/public.ts',
  'fathom-webgpu/reference': 'reference/index.ts',
  'fathom-webgpu/experiment': 'experiment/index.ts',
  'fathom-webgpu/verify': 'verify/index.ts',
  'fathom-webgpu/exchange': 'exchange/index.ts',
  'fathom-webgpu/lab': 'lab/index.ts',
} as const;
type Entry = keyof typeof ENTRIES;

/** The doc comment of something that a program can name: an export, or a member of an exported type. */
export interface Doc {
  readonly entry: Entry;
  /** `dense`, `Trainer.fit`. */
  readonly name: string;
  readonly kind: 'value' | 'type' | 'function' | 'member' | 'method';
  /** Whether it may be left out, and is no callback. */
  readonly optional: boolean;
  /** Whether its own text throws, or checks what it is given. */
  readonly throws: boolean;
  /** File and line. */
  readonly at: string;
  readonly text: string;
  /** What each tag says, one after another. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  /** Of what can be called. */
  readonly params: readonly string[];
  readonly returns: string | undefined;
}

/** What the names of the entries are, and the docs of each. */
export interface Surface {
  readonly names: ReadonlyMap<Entry, ReadonlySet<string>>;
  /** Each once, whichever entries have it: every export, and every member of an exported type that this package declares. What is `@internal` does not count. */
  readonly docs: readonly Doc[];
}

export function surface(): Surface {
  const api = new API({ cwd: root });
  try {
    const project = api.updateSnapshot({ openProjects: [join(src, 'tsconfig.json')] }).getProjects()[0]!;
    const reader = new Reader(project.checker);
    const names = new Map<Entry, ReadonlySet<string>>();
    const exportsOf = (file: string): readonly TsSymbol[] =>
      project.checker.getExportsOfModule(project.checker.getSymbolAtLocation(project.program.getSourceFile(join(src, file))!)!);
    // Parts of the engine that signatures name: a program may write their names down, and makes or calls none of them.
    const parts = new Set(['public_types.ts', 'experiment/public_types.ts'].flatMap((file) => exportsOf(file).map(({ name }) => name)));
    const docs = (Object.keys(ENTRIES) as Entry[]).flatMap((entry) => {
      const symbols = exportsOf(ENTRIES[entry]);
      names.set(entry, new Set(symbols.map(({ name }) => name)));
      return symbols.filter(({ name }) => !parts.has(name)).flatMap((symbol) => reader.exported(entry, symbol));
    });
    return { names, docs };
  } finally {
    api.close();
  }
}

class Reader {
  /** Declarations that were read: an export of two entries, and what several types inherit, is read once. */
  readonly #seen = new Set<string>();
  readonly #checker: Checker;

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  exported(entry: Entry, given: TsSymbol): Doc[] {
    const checker = this.#checker;
    const symbol = given.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(given) : given;
    const isValue = (symbol.flags & SymbolFlags.Value) !== 0;
    const isType = (symbol.flags & (SymbolFlags.Interface | SymbolFlags.TypeAlias | SymbolFlags.Class)) !== 0;
    // A constant that can be called, as `tanh`, has the parameters of its type.
    const calls = symbol.flags & SymbolFlags.Function ? this.#calls(checker.getTypeOfSymbol(symbol)) : [];
    const kind = calls.length > 0 ? 'function' : isValue ? 'value' : 'type';
    const own = this.#doc(entry, given.name, kind, symbol, calls);
    if (!own) return [];
    // What is in a constant is described there.
    if (/^export type \w+ = typeof /.test(sourceOf(symbol.declarations[0]!)[1])) return [own];
    return isType ? [own, ...this.#members(entry, given.name, checker.getDeclaredTypeOfSymbol(symbol))] : [own];
  }

  #members(entry: Entry, owner: string, type: Type): Doc[] {
    // What a union has in common belongs to its parts.
    if (!type.isObjectType() && !type.isIntersectionType()) return [];
    return this.#checker.getPropertiesOfType(type).flatMap((member) => {
      const calls = member.flags & SymbolFlags.Method ? this.#calls(this.#checker.getTypeOfSymbol(member)) : [];
      return this.#doc(entry, `${owner}.${member.name}`, calls.length > 0 ? 'method' : 'member', member, calls) ?? [];
    });
  }

  #calls(type: Type | undefined): readonly Signature[] {
    return type ? this.#checker.getSignaturesOfType(type, SignatureKind.Call) : [];
  }

  #doc(entry: Entry, name: string, kind: Doc['kind'], symbol: TsSymbol, calls: readonly Signature[]): Doc | undefined {
    const checker = this.#checker;
    const declaration = symbol.declarations[0];
    if (!declaration || name.includes('#')) return undefined;
    const [at, source] = sourceOf(declaration);
    // What overrides something is described there.
    if (!at.startsWith('src/') || source.startsWith('override ') || this.#seen.has(at)) return undefined;
    this.#seen.add(at);
    const tags: Record<string, string[]> = {};
    for (const { name: tag, text = '' } of checker.getJsDocTagsOfSymbol(symbol)) tags[tag] = [...(tags[tag] ?? []), text];
    if (tags.internal) return undefined;
    const params = [...new Set(calls.flatMap((call) => call.getParameters().map((parameter) => parameter.name)))];
    const result = calls[0] && checker.getReturnTypeOfSignature(calls[0]);
    const throws = /\bthrow new |\brequire[A-Z]\w+\(|\bread\w*Options\b/.test(source);
    return {
      entry,
      name,
      kind,
      optional: (symbol.flags & SymbolFlags.Optional) !== 0 && (symbol.flags & SymbolFlags.Method) === 0,
      throws,
      at,
      text: checker.getDocumentationCommentOfSymbol(symbol),
      tags,
      params,
      returns: result && checker.typeToString(result),
    };
  }
}

const texts = new Map<string, string>();
function textOf(path: string): string {
  const text = texts.get(path) ?? readFileSync(path, 'utf8');
  texts.set(path, text);
  return text;
}

/** File and line of a declaration, and its text. */
function sourceOf(handle: NodeHandle): [at: string, source: string] {
  const path = handle.path as string;
  const node = path.startsWith(src) ? handle.resolve() : undefined;
  if (!node) return [path, ''];
  const text = textOf(path);
  return [`${relative(root, path)}:${text.slice(0, node.getStart()).split('\n').length}`, text.slice(node.getStart(), node.end)];
}

/** The text of an `@example`, and where its comment stands. */
export interface Example {
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** Every `@example` in the sources, whether what it belongs to is exported or not. */
export function examples(): Example[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => /\.m?[jt]s$/.test(path));
  return files.sort().flatMap((path) => {
    const text = textOf(join(src, path));
    return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) => {
      const lines = comment
        .slice(3, -2)
        .split('\n')
        .map((line) => line.replace(/^\s*\* ?/, ''));
      const first = text.slice(0, index).split('\n').length;
      const found: Example[] = [];
      for (let i = 0; i < lines.length; i++) {
        if (!lines[i]!.startsWith('@example')) continue;
        const end = lines.findIndex((line, j) => j > i && /^@[a-z]/.test(line));
        const code = [lines[i]!.replace('@example', ''), ...lines.slice(i + 1, end < 0 ? undefined : end)].filter((line) => !line.startsWith('```'));
        found.push({ file: `src/${path}`, line: first + i, code: code.join('\n').trim() });
      }
      return found;
    });
  });
}

/** Which entry's name an example means where two entries have it: that of its own file comes first. */
function entriesFor(file: string): Entry[] {
  const own: Entry = file.startsWith('src/ops/public')
    ? 'fathom-webgpu/ops'
    : file.startsWith('src/experiment/')
      ? 'fathom-webgpu/experiment'
      : 'fathom-webgpu';
  return [
    ...new Set<Entry>([
      own,
      'fathom-webgpu',
      'fathom-webgpu/experiment',
      'fathom-webgpu/reference',
      'fathom-webgpu/ops',
      'fathom-webgpu/verify',
      'fathom-webgpu/exchange',
    ]),
  ];
}

/**
 * Compiles every example as a module of its own; gives what the compiler says of them. An example need not import what the entries export, nor declare what
 * `GIVEN` does: what it declares itself comes first.
 */
export function exampleErrors(all: readonly Example[], { names }: Surface, given: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'fathom-examples-'));
  try {
    const fileOf = (i: number): string => join(folder, `example_${i}.ts`);
    const preludes = all.map((example) => prelude(example, names, given));
    for (const [i, example] of all.entries()) writeFileSync(fileOf(i), `${preludes[i]}\n${example.code}\nexport {};\n`);
    const paths = Object.fromEntries(Object.entries(ENTRIES).map(([entry, file]) => [entry, [join(src, file)]]));
    // Examples are JavaScript: parameters have no types.
    const options = {
      noImplicitAny: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      noUncheckedIndexedAccess: false,
      verbatimModuleSyntax: false,
      isolatedModules: false,
      paths,
      types: [join(root, 'node_modules/@webgpu/types'), join(root, 'node_modules/@types/node')],
    };
    const files = [join(src, 'wgsl.d.ts'), ...all.map((_, i) => fileOf(i))];
    const config = join(folder, 'tsconfig.json');
    writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions: options, files, include: [] }));
    const api = new API({ cwd: root });
    try {
      const { program } = api.updateSnapshot({ openProjects: [config] }).getProjects()[0]!;
      const general = [...program.getConfigFileParsingDiagnostics(), ...program.getProgramDiagnostics(), ...program.getGlobalDiagnostics()].map(
        ({ text }) => text,
      );
      return [
        ...general,
        ...all.flatMap(({ file, line, code }, i) =>
          [...program.getSyntacticDiagnostics(fileOf(i)), ...program.getSemanticDiagnostics(fileOf(i))].map(
            ({ text, pos }) => `${file}:${line}: ${text} (${lineAt(`${preludes[i]}\n${code}`, pos)})`,
          ),
        ),
      ];
    } finally {
      api.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The line of a text in which a position lies. */
const lineAt = (text: string, pos: number): string => text.split('\n')[text.slice(0, pos).split('\n').length - 1]!.trim();

/** The imports and declarations of the names that an example uses, in one line. */
function prelude({ file, code }: Example, names: ReadonlyMap<Entry, ReadonlySet<string>>, given: Readonly<Record<string, string>>): string {
  const plain = code.replace(/\/\/.*$/gm, '').replace(/'[^'\n]*'/g, "''");
  const own = new Set<string>();
  for (const [, list] of plain.matchAll(/\b(?:const|let|var|function|class|import)\s+(\{[^}]*\}|\[[^\]]*\]|\w+)/g))
    for (const part of list!.replace(/[{}[\]]/g, '').split(','))
      own.add(
        part
          .split(/:|\bas\b/)
          .at(-1)!
          .split('=')[0]!
          .trim()
          .replace(/^type /, ''),
      );
  const used = new Set([...plain.matchAll(/(?<![.\w$])[A-Za-z_]\w*/g)].map(([word]) => word).filter((word) => !own.has(word)));
  return [...used]
    .flatMap((word) => {
      const at = entriesFor(file).find((entry) => names.get(entry)!.has(word));
      // `model` is what an example trains, and `model(...)` makes one.
      const called = new RegExp(`\\b${word}(<[^>]*>)?\\(`).test(plain);
      if (word in given && !(at && called)) return `declare const ${word}: ${given[word]};`;
      if (at) return `import { ${word} } from '${at}';`;
      return new RegExp(`^export (const|function|type|interface|class) ${word}\\b`, 'm').test(textOf(join(root, file)))
        ? `import { ${word} } from '${join(root, file)}';`
        : [];
    })
    .join(' ');
}
