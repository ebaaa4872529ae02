// The presets where the eye falls: their colours say what will arrive.
import type { App } from '../app.ts';
import { byId, h } from '../dom.ts';
import { PRESETS, presetOf } from '../presets.ts';
import { colour } from '../scale.ts';
import type { Settings } from '../settings.ts';
import type { HandWords } from './text.ts';

/** Bands of a swatch, from 1 at the surface to what arrives. */
const BANDS = 7;

/** The two groups of buttons; returns their update. */
export function presets(app: App, words: () => HandWords): () => void {
  const box = h('div', { class: 'presets', role: 'group' });
  byId('product').append(box);
  let shown = '';
  /** A layer that is open is one of this network: in one of another depth, its number is another place. */
  const choose = (settings: Settings): void => {
    if (settings.depth !== app.store.state.settings.depth) app.store.set({ layer: null });
    app.session.change(settings);
  };
  return () => {
    const w = words();
    const { settings, document } = app.store.state;
    const now = JSON.stringify(settings);
    const key = `${app.store.state.language}${now}${app.recorded}${document !== null}`;
    if (key === shown) return;
    shown = key;
    const focused = (globalThis.document.activeElement as HTMLElement | null)?.dataset.preset;
    box.setAttribute('aria-label', w.presets);
    box.replaceChildren(
      ...(['weights', 'networks'] as const).map((group) =>
        h(
          'div',
          {},
          h('span', {}, w[group]),
          h(
            'div',
            {},
            ...PRESETS.filter((preset) => preset.group === group).map(({ id, total }) =>
              h(
                'button',
                {
                  'data-preset': id,
                  'aria-pressed': String(!document && JSON.stringify(presetOf(id)) === now),
                  disabled: app.recorded,
                  onclick: () => choose(presetOf(id)!),
                },
                h('i', { 'aria-hidden': 'true', style: `background:${bands(total)}` }),
                w[id as 'he'],
              ),
            ),
          ),
        ),
      ),
    );
    if (focused) box.querySelector<HTMLElement>(`[data-preset="${focused}"]`)?.focus();
  };
}

function bands(total: number): string {
  const stops = Array.from({ length: BANDS }, (_, i) => {
    const tone = colour((total * i) / (BANDS - 1));
    return `${tone} ${(100 * i) / BANDS}% ${(100 * (i + 1)) / BANDS}%`;
  });
  return `linear-gradient(${stops.join()})`;
}
