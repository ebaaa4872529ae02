// Escapes text for HTML: names and descriptions must not become markup.
import { visible } from '../visible.ts';

/** Text in which nothing is markup, between tags and in quoted attributes. */
export const escapeHtml = (text: string): string => visible(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
