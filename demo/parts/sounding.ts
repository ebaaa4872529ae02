// Pointing: one magenta line crosses the three panels at the layer under the pointer, and the strip is a slider.
import { visible } from '../../src/visible.ts';
import { type App, markedLayer } from '../app.ts';
import { byId } from '../dom.ts';
import { layerAt, rowMiddle } from '../draw/depth.ts';
import { powerOfTen } from '../format.ts';

/** Wires the panels; returns the update of the line. */
export function sounding(app: App): () => void {
  const strip = byId<HTMLCanvasElement>('strip');
  const hair = byId('hair');
  const words = byId('hair-words');
  // A layer of a file has no more to show than its row.
  const open = (layer: number | null): void => {
    if (!app.foreign) app.store.set({ layer });
  };
  const depth = (): number => app.picture().depth;

  for (const id of ['strip', 'profile', 'heat']) {
    const canvas = byId<HTMLCanvasElement>(id);
    const at = (event: PointerEvent | MouseEvent): number | null => layerAt(canvas.clientHeight, depth(), event.clientY - canvas.getBoundingClientRect().top);
    const point = (layer: number | null): void => {
      if (layer === app.pointed) return;
      app.pointed = layer;
      app.frame.request(true);
    };
    canvas.addEventListener('pointermove', (event) => point(at(event)));
    canvas.addEventListener('pointerleave', () => point(null));
    canvas.addEventListener('click', (event) => {
      const layer = at(event);
      if (layer !== null) open(layer + 1);
    });
  }

  strip.addEventListener('keydown', (event) => {
    const n = depth();
    const from = app.store.state.layer ?? (app.pointed === null ? n : app.pointed + 1);
    const to = { ArrowUp: from + 1, ArrowRight: from + 1, ArrowDown: from - 1, ArrowLeft: from - 1, PageUp: from + 10, PageDown: from - 10, Home: n, End: 1 }[
      event.key
    ];
    if (to !== undefined) {
      event.preventDefault();
      const layer = Math.max(1, Math.min(n, to));
      if (app.store.state.layer === null) {
        app.pointed = layer - 1;
        app.frame.request(true);
      } else open(layer);
    } else if (event.key === 'Enter') open(from);
  });
  strip.addEventListener('blur', () => {
    app.pointed = null;
    app.frame.request(true);
  });

  const nameOf = (layer: number, n: number): string =>
    app.foreign ? visible(app.foreign.names[layer] ?? '') : app.t('layer_of', { l: layer + 1, n }) + (app.differs?.(layer + 1) ?? '');

  return () => {
    const { run, depth: n } = app.picture();
    const layer = markedLayer(app);
    const { scale } = app.store.state;
    // What is measured is not what a hand asks for. Over the last steps, as the layer's panel has it: of one step alone the number jumps.
    const measured = run && run.step > 0 && app.hand?.live == null && layer !== null && layer < run.depth;
    const value = measured ? powerOfTen(scale === 'relative' ? run.ratioOf(layer) : run.now(layer, scale)) : '';
    strip.setAttribute('aria-valuemin', '1');
    strip.setAttribute('aria-valuemax', String(n));
    strip.setAttribute('aria-valuenow', String((layer ?? n - 1) + 1));
    strip.setAttribute('aria-valuetext', nameOf(layer ?? n - 1, n) + (value ? ` · ${value}` : ''));
    hair.hidden = layer === null || layer >= n;
    if (layer === null) return;
    const top = strip.offsetTop + (strip.offsetParent === hair.offsetParent ? 0 : (strip.offsetParent as HTMLElement).offsetTop);
    const y = top + rowMiddle(strip.clientHeight, n, layer);
    hair.style.top = `${y}px`;
    hair.classList.toggle('low', y < top + 50);
    const label = nameOf(layer, run && layer < run.depth ? run.depth : n) + (value ? `  ·  ${value}` : '');
    if (words.textContent !== label) words.textContent = label;
  };
}
