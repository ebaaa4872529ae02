// The page of a report as HTML that needs no other file, and its tables.
import { escapeHtml } from './html.ts';
import { STYLE } from './report_style.ts';

/** What is in the head of a page. */
export interface PageHead {
  readonly title: string;
  /** What it is a report of. */
  readonly what: string;
  /** The address of the page's font as woff2, a data URL; by default the reader's own fonts. */
  readonly font?: string | undefined;
}

/** A page of sections; those that are empty are left out. */
export function pageHtml({ title, what, font }: PageHead, sections: readonly (string | false | undefined)[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} — Fathom report</title><style>${font ? FONT(font) : ''}${STYLE}</style></head><body>
<header><b>Fathom</b><span>${escapeHtml(what)}</span></header><main>
${sections.filter(Boolean).join('\n')}
</main></body></html>
`;
}

/** The face of the page's type, from the address of its file. */
const FONT = (address: string): string => `@font-face { font-family: "Source Sans 3"; src: url("${address}") format("woff2"); font-weight: 200 900; }`;

/** A table; the first row is the heading. Columns of numbers stand right. `colours` are those of the rows, a swatch before their first cell. */
export function tableHtml([heading = [], ...rows]: readonly (readonly string[])[], colours: readonly (string | undefined)[] = []): string {
  const right = heading.map((_, c) => rows.every((row) => NUMBER.test(row[c] ?? '')));
  const row = (cells: readonly string[], tag: string, colour?: string): string =>
    `<tr>${cells
      .map((cell, c) => {
        const swatch = c === 0 && colour ? `<span class="swatch" style="background:${colour}"></span>` : '';
        const look = swatch ? 's' : right[c] ? 'n' : cell.length > LONG ? 'w' : '';
        return `<${tag}${look ? ` class="${look}"` : ''}>${swatch}${escapeHtml(right[c] ? cell.replaceAll('-', MINUS) : cell)}</${tag}>`;
      })
      .join('')}</tr>`;
  const body = rows.map((cells, r) => row(cells, 'td', colours[r])).join('');
  return `<div class="table"><table><thead>${row(heading, 'th')}</thead><tbody>${body}</tbody></table></div>`;
}

const MINUS = '\u2212';
/** Letters of a cell from which on it is a sentence, which needs width. */
const LONG = 24;
const NUMBER = /^([-+]?\d[\d.,]*(e[-+]?\d+)?( %)?|NaN|-?Infinity|out|–|)$/;
