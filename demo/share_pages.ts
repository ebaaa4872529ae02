// A Vite plugin: what programs that show links read of the page, and a page for each preset with its own picture. Only with an address: they want whole ones.
// `npm run build:demo -- --url https://example.org/fathom/` gives it.
import { readFileSync } from 'node:fs';
import type { HtmlTagDescriptor, Plugin } from 'vite';

interface Shown {
  /** Of the address, and of the picture in demo/cards. */
  id: string;
  title: string;
  description: string;
}

const PAGE: Omit<Shown, 'id'> = {
  title: 'Fathom: gradient laboratory',
  description: 'Build a deep network, watch the gradient of every layer while it trains, break it, fix it, and see why.',
};

/** The presets, as a link to each says. */
export const SHOWN: readonly Shown[] = [
  { id: 'too-small', title: 'Weights too small', description: '0.69 × 0.69 × … × 0.69, 49 times: 1 in 79 million of the gradient reaches layer 1.' },
  { id: 'just-right', title: 'Weights just right', description: 'Each layer passes on all that it gets: the gradient reaches every one of 50 layers.' },
  { id: 'too-large', title: 'Weights too large', description: 'Each layer multiplies the gradient: it explodes on its way down through 50 layers.' },
  { id: 'sigmoid', title: 'Fifty sigmoid layers', description: 'The slope of a sigmoid is a quarter at most: nothing of the gradient is left in layer 1.' },
  {
    id: 'relu',
    title: 'Fifty ReLU layers with weights of 1 / fan-in',
    description: 'Half of the units are silent: each layer passes on 0.71 of the gradient.',
  },
  { id: 'he', title: 'Fifty ReLU layers with He’s weights', description: 'Twice the variance makes up for the silent half: the gradient reaches every layer.' },
  { id: 'shortcuts', title: 'Shortcuts around every layer', description: 'Each block adds its branch to the trunk, and the gradient grows on its way down.' },
  {
    id: 'resnet',
    title: 'A ResNet that reads digits',
    description: 'The trunk is a road past each block of two convolutions: the gradient reaches the first layer.',
  },
];

/** What stands in the head of a page. */
function tagsOf(site: string, path: string, card: string, { title, description }: Omit<Shown, 'id'>): HtmlTagDescriptor[] {
  const meta = (name: string, content: string, key = 'property'): HtmlTagDescriptor => ({ tag: 'meta', attrs: { [key]: name, content }, injectTo: 'head' });
  return [
    { tag: 'link', attrs: { rel: 'canonical', href: `${site}${path}` }, injectTo: 'head' },
    meta('og:type', 'website'),
    meta('og:site_name', 'Fathom'),
    meta('og:url', `${site}${path}`),
    meta('og:title', title),
    meta('og:description', description),
    meta('og:image', `${site}cards/${card}.png`),
    meta('og:image:width', '1200'),
    meta('og:image:height', '630'),
    meta('og:image:alt', `A card of the page: ${description}`),
    meta('twitter:card', 'summary_large_image', 'name'),
  ];
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const written = ({ tag, attrs }: HtmlTagDescriptor): string =>
  `<${tag} ${Object.entries(attrs!)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(' ')}>`;

/** The page of a preset: its head for programs, and the way to the page for people. */
function presetPage(site: string, shown: Shown): string {
  const { id, title, description } = shown;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fathom: ${escaped(title)}</title>
<meta name="description" content="${escaped(description)}">
${tagsOf(site, `${id}.html`, id, shown).map(written).join('\n')}
<script>location.replace('./#preset=${id}' + (location.hash ? '&' + location.hash.slice(1) : ''));</script>
</head>
<body><p><a href="./#preset=${id}">${escaped(title)}</a></p></body>
</html>
`;
}

/** An address as the base of others: with a slash at its end. Throws for what is none. */
export function siteOf(given: string): string {
  const { protocol, href, search, hash } = new URL(given);
  if (!/^https?:$/.test(protocol) || search || hash) throw new Error(`--url ${given}: give the address of the page's folder, as https://example.org/fathom/`);
  return href.endsWith('/') ? href : `${href}/`;
}

/** Writes the heads and the presets' pages for a site; without one nothing. */
export function sharePages(given: string | undefined): Plugin {
  const site = given && siteOf(given);
  return {
    name: 'share-pages',
    apply: 'build',
    transformIndexHtml: () => (site ? tagsOf(site, '', SHOWN[0]!.id, PAGE) : []),
    generateBundle() {
      if (!site) return;
      for (const shown of SHOWN) {
        this.emitFile({ type: 'asset', fileName: `${shown.id}.html`, source: presetPage(site, shown) });
        this.emitFile({ type: 'asset', fileName: `cards/${shown.id}.png`, source: readFileSync(new URL(`./cards/${shown.id}.png`, import.meta.url)) });
      }
    },
  };
}
