// The few lines that plain DOM needs to stay readable. Names come from files: they are text, in which what would turn a line around is shown.
import { visible } from '../src/visible.ts';

/** The element with this id; the page cannot run without the ones it names. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element as T;
}

/** Attributes of an element; `on...` are listeners, `null` and `false` leave an attribute out. */
export type Attributes = Record<string, string | number | boolean | null | ((event: Event) => void)>;

/** An element with attributes and children; strings become text, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.map((child) => (typeof child === 'string' ? visible(child) : child)));
  return element;
}

/** Children from a text in which <b>, <i>, <sub> and <sup> mark things, one in another where need be; all else is text. */
export function rich(text: string): (Node | string)[] {
  return text.split(/(<(b|i|sub|sup)>.*?<\/\2>)/).flatMap((part, i, parts) => {
    // What is captured comes apart as well: every third part is a name alone.
    if (i % 3 === 2) return [];
    return i % 3 === 1 ? h(parts[i + 1] as 'b', {}, ...rich(part.replace(/^<\w+>|<\/\w+>$/g, ''))) : part;
  });
}

/** An icon of 14 or 16 units: one path, the color of the text. */
export function icon(path: string, box = 16): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', `0 0 ${box} ${box}`);
  svg.setAttribute('aria-hidden', 'true');
  const element = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  element.setAttribute('d', path);
  svg.append(element);
  return svg;
}

/** Gives the browser a file to keep. */
export function download(name: string, data: BlobPart, mime: string): void {
  const url = URL.createObjectURL(new Blob([data], { type: mime }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Gives the focus to a tool of the header, or where there is no room for it, to the menu that has it. */
export function focusTool(name: 'code' | 'map'): void {
  const [tool, more] = [name, 'more'].map((each) => document.querySelector<HTMLElement>(`.tools [data-do=${each}]`));
  (tool?.offsetParent ? tool : more)?.focus();
}
