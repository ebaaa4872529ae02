// In the page's workers: layers, losses, optimizers, schedules, probes and sources of data without their titles and summaries, a fifteenth of what is loaded at first. Those
// are for listings, the JSON schema and the page's controls, and the page has its own; a worker has never said one.
import type { Plugin } from 'vite';

/** Features whose texts no worker says. Metrics are not among them: a chart has their titles from the engine. */
const FEATURES = /\/src\/(?:nn|train\/(?:optimizers|schedules)|data\/generators|experiment\/sources|inspect\/(?:activity|histograms|norms)\.ts$)/;
/** What stands in their place: the schema of documents reads a summary of each. */
const NONE = '{ en: {}, zh: {} }';

/** A node of the syntax tree, as far as it is looked at. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly key?: { readonly name?: string };
  readonly id?: { readonly name?: string };
  readonly value?: Node | null;
  readonly init?: Node | null;
  readonly properties?: readonly Node[];
}

/** The value of a `text`, as property or constant; undefined for any other node. */
const textIn = (node: Node): Node | null | undefined => (node.key?.name === 'text' ? node.value : node.id?.name === 'text' ? node.init : undefined);

/** Whether it is an object of both languages. */
const isBoth = (node: Node | null | undefined): node is Node =>
  node?.type === 'ObjectExpression' && node.properties!.map(({ key }) => key?.name).join() === 'en,zh';

/** The texts in a tree, first to last. */
function textsIn(tree: unknown): Node[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const text = textIn(tree as Node);
  return isBoth(text) ? [text] : Object.values(tree).flatMap(textsIn);
}

/** The code without them. */
export function emptied(code: string, tree: unknown): string {
  return textsIn(tree).reduceRight((rest, { start, end }) => rest.slice(0, start) + NONE + rest.slice(end), code);
}

export function withoutTexts(): Plugin {
  return {
    name: 'without-texts',
    apply: 'build',
    // Once TypeScript is JavaScript.
    enforce: 'post',
    transform(code, id) {
      return FEATURES.test(id) ? { code: emptied(code, this.parse(code)), map: null } : null;
    },
  };
}
