// A feature is one file, with what it does and what is said of it. The page says, and its workers do: each is built without the other half, a tenth of what is
// loaded at first.
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'vite';

/** Features whose texts no worker says: they are for listings, the JSON schema and the page's controls. Metrics are not among them: a chart has their titles from the engine. */
const SAID = /\/src\/(?:nn|train\/(?:optimizers|schedules)|data\/generators|experiment\/sources|inspect\/(?:activity|histograms|norms)\.ts$)/;
/** Features that the page has sliders for, and never computes. */
const DONE = /\/src\/data\/generators\//;
/** A file of which the page itself wants the texts alone, and their name there. What it draws later computes with all the rest. */
const ACTIVATIONS = { file: '/src/ops/activation_table.ts', texts: 'ACTIVATION_TEXTS' };

/** A node of the syntax tree, as far as it is looked at. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly key?: { readonly name?: string };
  readonly id?: { readonly name?: string };
  readonly value?: Node;
  readonly init?: Node | null;
  readonly properties?: readonly Node[];
}

/** What stands in the place of a node; undefined where the node stays. */
type Change = (node: Node) => { readonly of: Node; readonly by: string } | undefined;

/** Texts become empty ones: the schema of documents reads a summary of each. */
export const noTexts: Change = ({ key, id, value, init }) => {
  const text = key?.name === 'text' ? value : id?.name === 'text' ? init : undefined;
  const both = text?.type === 'ObjectExpression' && text.properties!.map(({ key }) => key?.name).join() === 'en,zh';
  return both ? { of: text, by: '{ en: {}, zh: {} }' } : undefined;
};

/** A generator makes nothing. */
export const noSamples: Change = (node) =>
  node.type === 'Property' && (node.key?.name === 'sample' || node.key?.name === 'generate') ? { of: node, by: `${node.key.name}: null` } : undefined;

/** The changes in a tree, first to last. */
function changesIn(tree: unknown, change: Change): NonNullable<ReturnType<Change>>[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const found = change(tree as Node);
  return found ? [found] : Object.values(tree).flatMap((each) => changesIn(each, change));
}

/** The code with its changes. */
export function changed(code: string, tree: unknown, change: Change): string {
  return changesIn(tree, change).reduceRight((rest, { of, by }) => rest.slice(0, of.start) + by + rest.slice(of.end), code);
}

const half = (name: string, files: RegExp, change: Change): Plugin => ({
  name,
  apply: 'build',
  // Once TypeScript is JavaScript.
  enforce: 'post',
  transform(code, id) {
    return files.test(id) ? { code: changed(code, this.parse(code), change), map: null } : null;
  },
});

/** For the page's workers. */
export const withoutTexts = (): Plugin => half('without-texts', SAID, noTexts);
/** For the page. */
export const withoutSamples = (): Plugin => half('without-samples', DONE, noSamples);

/** The statement of a module that exports a constant, alone. */
export function exported(code: string, tree: unknown, name: string): string {
  const { body } = tree as { readonly body: readonly (Node & { readonly declaration?: { readonly declarations?: readonly Node[] } | null })[] };
  const { start, end } = body.find(({ declaration }) => declaration?.declarations?.some(({ id }) => id?.name === name))!;
  return code.slice(start, end);
}

/** For the page: the texts of activations are a module apart, so that what they compute is not loaded with them. */
export const activationTexts = (): Plugin => ({
  name: 'activation-texts',
  apply: 'build',
  enforce: 'pre',
  resolveId(id, importer = '') {
    const path = resolve(dirname(importer), id);
    return importer.startsWith(`${import.meta.dirname}/`) && path.endsWith(ACTIVATIONS.file) ? `${path}?texts` : null;
  },
  transform: {
    order: 'post',
    handler(code, id) {
      return id.endsWith(`${ACTIVATIONS.file}?texts`) ? { code: exported(code, this.parse(code), ACTIVATIONS.texts), map: null } : null;
    },
  },
});
