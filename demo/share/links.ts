// Addresses that others get: of the page as it is, of a preset's own page, and of an embedded one.
import type { App } from '../app.ts';
import { PRESETS, presetOf } from '../presets.ts';
import { encodeSettings, type Settings } from '../settings.ts';

/** The preset whose settings these are, by its name in an address. */
export function presetNamed(settings: Settings): string | undefined {
  const now = encodeSettings(settings);
  return PRESETS.find(({ id }) => encodeSettings(presetOf(id)!) === now)?.id.replaceAll('_', '-');
}

/** Where this page is, without what comes behind it. */
export const pageAddress = (): string => `${location.origin}${location.pathname}`.replace(/index\.html$/, '');

/** The address of the page as it is. A preset by itself has a page of its own where the site has an address: what shows links shows its card. */
export function linkOf(app: App): string {
  const site = import.meta.env.VITE_FATHOM_URL as string | undefined;
  const { settings, document, before, language } = app.store.state;
  const preset = document || before || app.store.state.layer !== null ? undefined : presetNamed(settings);
  if (!site || !preset || pageAddress() !== site) return location.href.replace(/\?.*?(?=#|$)/, '');
  return `${site}${preset}.html${language === 'zh' ? '#language=zh' : ''}`;
}

/** What embeds the page as it is: two lines for any page. */
export function embedLines(app: App): string {
  const { settings, document, language, theme } = app.store.state;
  const preset = document ? undefined : presetNamed(settings);
  const state = document ? app.store.encode() : encodeSettings(settings);
  const quoted = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const attributes = [
    preset ? `preset="${preset}"` : `settings="${quoted(state)}"`,
    ...(language === 'zh' ? ['language="zh"'] : []),
    ...(theme === 'dark' ? ['theme="dark"'] : []),
  ];
  return `<script async src="${pageAddress()}fathom-lab.js"></script>\n<fathom-lab ${attributes.join(' ')}></fathom-lab>`;
}
