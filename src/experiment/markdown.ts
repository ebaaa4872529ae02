// Escapes text for Markdown: names and descriptions must not become markup or HTML.

import { visible } from '../visible.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text on one line, in which nothing is a mark. An underscore inside a word is none. */
export function markdownText(text: string): string {
  return (
    visible(text)
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/[\\`*[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
      .replace(/[&<>]/g, (char) => ENTITIES[char]!)
      // A URL would become a link.
      .replace(/(https?|ftp):\/\/|www\./gi, (start) => start.replace(/[:.]/, '&#8203;$&'))
  );
}

/** The same as a paragraph: what begins a heading, a list or a line across does not begin one. */
export function markdownParagraph(text: string): string {
  return markdownText(text)
    .replace(/^([#+=-])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}

/** A table; the first row is the heading. */
export function markdownTable([heading = [], ...rows]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return [row(heading), `| ${heading.map(() => '---').join(' | ')} |`, ...rows.map(row)].join('\n');
}
