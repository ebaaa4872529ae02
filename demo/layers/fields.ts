// Width and activation of the open layer, or of it and all below it: what they change is the setting `layers`, and the network is built anew.
import './layers.css';
import { ACTIVATION_TEXTS, type ActivationName } from '../../src/ops/activation_table.ts';
import type { App } from '../app.ts';
import { h } from '../dom.ts';
import { fill } from '../i18n.ts';
import { embedded } from '../memory.ts';
import { ACTIVATIONS, ownDepth, RANGES } from '../settings.ts';
import { exceptionsIn, exceptionsOf, type Own, ownOf } from './exceptions.ts';
import { differing, unlike } from './said.ts';
import { LAYER_WORDS } from './text.ts';

/** The fields; `update` shows them for a layer, counted from 1, or hides them where the controls have no say in it. */
export function layerFields(app: App): { element: HTMLElement; update(layer: number): void } {
  const { min, max, step } = RANGES.width;
  const widthName = h('span');
  const width = h('input', { type: 'number', min, max, step, name: 'own-width' });
  const activationName = h('span');
  const activation = h('select', { name: 'own-activation' });
  const scope = h('select', { name: 'own-scope' });
  const back = h('button', { class: 'link', type: 'button', 'data-act': 'as-others' });
  const element = h('div', { class: 'own', role: 'group' }, h('label', {}, widthName, width), h('label', {}, activationName, activation), scope, back);
  let layer = 1;
  let shown = '';

  /** Layers that a change is for. */
  const first = (): number => (scope.value === 'below' ? 1 : layer);

  /** Gives the layers of the scope something of their own, or takes it away; what is as the others is not their own. */
  function change(patch: Own | null): void {
    const { settings } = app.store.state;
    // What lies beyond the depth waits there.
    const own = ownOf(settings.layers, Math.max(ownDepth(settings), exceptionsIn(settings.layers)?.at(-1)?.to ?? 0));
    for (let l = first() - 1; l < layer; l++) own[l] = patch ? { ...own[l], ...patch } : {};
    const layers = exceptionsOf(own.map((each) => unlike(each, settings)));
    if (layers !== settings.layers) app.session.change({ layers });
  }

  width.addEventListener('change', () => {
    const wanted = Math.round(Number(width.value));
    const { settings } = app.store.state;
    // An empty field is one that is as the others.
    const value = width.value === '' ? settings.width : Math.max(min, Math.min(max, wanted));
    shown = '';
    change({ width: value });
    update(layer);
  });
  activation.addEventListener('change', () => change({ activation: activation.value }));
  scope.addEventListener('change', () => update(layer));
  back.addEventListener('click', () => {
    change(null);
    // The button goes with what it takes away.
    width.focus({ preventScroll: true });
  });

  function update(open: number): void {
    const { settings, document, language } = app.store.state;
    element.hidden = open > ownDepth(settings) || document !== null || app.open !== null || app.foreign !== null || app.recorded || embedded;
    if (element.hidden) return;
    const key = JSON.stringify([open, settings.layers, settings.width, settings.activation, language, scope.value]);
    if (key === shown) return;
    const words = LAYER_WORDS[language];
    const { value } = scope;
    scope.replaceChildren(h('option', { value: 'this' }, words.this), h('option', { value: 'below' }, words.below));
    scope.value = value || 'this';
    layer = open;
    shown = key;
    const own = differing(settings);
    const { width: units = settings.width, activation: name = settings.activation } = own[open - 1]!;
    element.setAttribute('aria-label', fill(words.fields, { l: open }));
    widthName.textContent = app.t('set_width');
    width.value = String(units);
    width.title = activation.title = app.t('rebuilds');
    activationName.textContent = app.t('set_activation');
    const title = (each: string): string => ACTIVATION_TEXTS[each as ActivationName][language].title;
    activation.replaceChildren(
      ...ACTIVATIONS.map((each) => h('option', { value: each }, each === settings.activation ? fill(words.others, { act: title(each) }) : title(each))),
    );
    activation.value = name;
    scope.setAttribute('aria-label', words.scope);
    back.textContent = words.back;
    back.hidden = !own.slice(first() - 1, open).some((each) => each.width || each.activation);
  }

  return { element, update };
}
