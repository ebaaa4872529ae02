// Hidden layers that differ from the others in width or activation, as one short text: `1-12w8_relu.20w16.30_tanh`, counted from 1 at the input. It is a
// setting like any other: it stands so in the address, and two networks are alike where their texts are.

/** What a layer may have of its own. */
export interface Own {
  width?: number;
  activation?: string;
}

/** One piece of the text: layers `from` to `to`. */
export interface Exception extends Own {
  from: number;
  to: number;
}

const PIECE = /^(\d{1,3})(?:-(\d{1,3}))?(?:w(\d{1,3}))?(?:_(\w+))?$/;

/** The pieces of a text, in order; null where it is none: pieces that overlap or say nothing, too. Whether there is such a width or activation it does not know. */
export function exceptionsIn(text: string): Exception[] | null {
  if (text === '') return [];
  const found: Exception[] = [];
  for (const piece of text.split('.')) {
    const [whole, first, last = first, width, activation] = PIECE.exec(piece) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (whole === undefined || from <= (found.at(-1)?.to ?? 0) || to < from || !(width || activation)) return null;
    found.push({ from, to, ...(width ? { width: Number(width) } : {}), ...(activation ? { activation } : {}) });
  }
  return found;
}

/** The text of what each layer has of its own, the first layer first; neighbours that are alike are one piece. */
export function exceptionsOf(layers: readonly Own[]): string {
  const own = layers.map(({ width, activation }) => (width ? `w${width}` : '') + (activation ? `_${activation}` : ''));
  return own
    .flatMap((each, l) => {
      if (!each || own[l - 1] === each) return [];
      let to = l + 1;
      while (own[to] === each) to++;
      return `${l + 1}${to > l + 1 ? `-${to}` : ''}${each}`;
    })
    .join('.');
}

/** What each of so many layers has of its own. Of a text that is none, nothing. */
export const ownOf = (text: string, depth: number): Own[] => {
  const found = exceptionsIn(text) ?? [];
  return Array.from({ length: depth }, (_, l) => {
    const { width, activation } = found.find(({ from, to }) => from <= l + 1 && l < to) ?? {};
    return { ...(width ? { width } : {}), ...(activation ? { activation } : {}) };
  });
};
