// The page as part of another: ?embed=1. Headline, product, strip and profile with its handle, a line with the settings and the way to the whole page. It starts
// when it is seen, pauses when it is not, and stores nothing.
import './embed.css';
import type { App } from '../app.ts';
import { byId, h } from '../dom.ts';
import { settingsLine } from '../share/settings_line.ts';
import { EMBED_WORDS } from './text.ts';

/** Figures that can be shown. */
const FIGURES = ['strip', 'profile', 'heat', 'loss'] as const;

/** Dresses the page, and starts the run once it is in sight. */
export function embed(app: App): void {
  const { store, session } = app;
  const asked = new URLSearchParams(location.search).get('show')?.split(/[\s,]+/) ?? [];
  const known = FIGURES.filter((figure) => asked.includes(figure));
  const shown: readonly string[] = known.length > 0 ? known : ['strip', 'profile'];
  for (const figure of FIGURES) document.body.classList.toggle(`no-${figure}`, !shown.includes(figure));
  const settings = h('span');
  const link = h('a', { target: '_blank', rel: 'noopener' });
  byId('main').append(h('footer', { class: 'embed-line' }, h('span', {}, h('b', {}, 'Fathom'), ' · ', settings), link));
  const dress = (): void => {
    const w = EMBED_WORDS[store.state.language];
    settings.textContent = settingsLine(store.state, app.t);
    // The page around has a main part of its own, and may have more of these.
    byId('main').setAttribute('aria-label', `Fathom: ${settings.textContent}`);
    link.textContent = `${w.open} ↗`;
    link.href = `${location.pathname}${store.hash}`;
  };
  store.listen(dress);
  dress();
  document.body.classList.add('embedded');
  app.frame.request(true);

  let begun = false;
  let paused = false;
  new IntersectionObserver(([entry]) => {
    if (entry?.isIntersecting && !begun) {
      begun = true;
      session.begin();
    } else if (entry?.isIntersecting && paused) {
      paused = false;
      session.play();
    } else if (!entry?.isIntersecting && begun && session.playing) {
      paused = true;
      session.pause();
    }
  }).observe(byId('sounding'));
}
