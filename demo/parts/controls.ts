// The controls in the rail: lil-gui over the store. A control that rebuilds the network says so.
import GUI, { type Controller } from 'lil-gui';
import { rounded } from '../../src/format.ts';
import { ACTIVATION_TEXTS, type ActivationName } from '../../src/ops/activation_table.ts';
import { OPTIMIZER_TEXTS } from '../../src/train/optimizers.ts';
import type { App } from '../app.ts';
import { byId, h } from '../dom.ts';
import { hasWords, type Key } from '../i18n.ts';
import { ACTIVATIONS, DATA, generatorOf, LAYERS, OPTIMIZERS, paramsOf, RANGES, SCHEMES, type Settings, SHORTCUTS, settingsWith } from '../settings.ts';

/** What has a control of its own: sliders of params come with their generator, points are drawn, a formula has a field that comes with it, layers have fields when one is open. */
type Name = Exclude<keyof Settings, 'params' | 'points' | 'formula' | 'layers'>;

/** Folders and their controls, in order. */
const FOLDERS: readonly { name: Key; controls: readonly Name[]; closed?: boolean }[] = [
  { name: 'folder_data', controls: ['data', 'noise'] },
  { name: 'folder_network', controls: ['layer', 'depth', 'width', 'activation', 'batchNorm', 'shortcuts'] },
  { name: 'folder_init', controls: ['scheme', 'gain'] },
  { name: 'folder_training', controls: ['optimizer', 'learningRate', 'batch', 'clip', 'seed'] },
  { name: 'folder_overfit', controls: ['dropout', 'l2', 'earlyStopping'], closed: true },
];

const LABELS: Record<string, string> = {
  momentum: 'Momentum',
};

const CHOICES: Partial<Record<Name, readonly string[]>> = {
  data: DATA,
  layer: LAYERS,
  activation: ACTIVATIONS,
  shortcuts: SHORTCUTS,
  scheme: SCHEMES,
  optimizer: OPTIMIZERS,
};

/** Controls that the running network takes at once. */
const LIVE: ReadonlySet<Name> = new Set(['learningRate']);

/** Builds the rail; returns `update` (values) and `build` (words, disabled or not). `pickFile` opens the file picker. */
export function controls(app: App, pickFile: () => void): { update(): void; build(): void; mark(gain: number | null): void } {
  const rail = byId('rail');
  let gui: GUI | null = null;
  let values: Settings = { ...app.store.state.settings };
  const folded = new Map<string, boolean>();
  let file: Controller | undefined;
  /** Sliders of the generator's own params. */
  let own: Controller[] = [];

  function label(name: Name, value: string): string {
    if (name === 'activation') return ACTIVATION_TEXTS[value as ActivationName][app.store.state.language].title;
    const generator = name === 'data' ? generatorOf(value as Settings['data']) : undefined;
    if (generator) return generator.text[app.store.state.language].title;
    const key = `${name}_${value}`;
    if (hasWords(key)) return app.t(key);
    if (name === 'optimizer' && Object.hasOwn(OPTIMIZER_TEXTS, value))
      return OPTIMIZER_TEXTS[value as keyof typeof OPTIMIZER_TEXTS][app.store.state.language].title;
    return LABELS[value] ?? value.replaceAll('_', ' ');
  }

  function build(): void {
    const { t } = app;
    for (const folder of gui?.folders ?? []) folded.set(String(gui!.folders.indexOf(folder)), folder._closed);
    gui?.destroy();
    rail.replaceChildren();
    if (app.recorded) rail.append(h('p', { class: 'reason' }, t('needs_gpu')));
    gui = new GUI({ container: rail, title: t('controls') });
    values = { ...app.store.state.settings };
    FOLDERS.forEach(({ name, controls: names, closed }, i) => {
      const folder = gui!.addFolder(t(name));
      for (const control of names) add(folder, control);
      if (name === 'folder_data') {
        file = folder.add({ file: pickFile }, 'file').name(t('set_file')).disable(app.recorded);
        own = [];
        addParams();
      }
      if (folded.get(String(i)) ?? closed) folder.close();
    });
    const page = { hidden: app.store.state.hidden === 'go_on' };
    gui.folders[3]!.add(page, 'hidden')
      .name(t('set_hidden'))
      .onChange((on: boolean) => app.store.set({ hidden: on ? 'go_on' : 'pause' }));
    marks();
    for (const folder of [gui, ...gui.folders]) folder.$title.setAttribute('type', 'button');
    applicable();
  }

  /** Sliders of the generator's own params, between its noise and the file. */
  function addParams(): void {
    const { data, params } = app.store.state.settings;
    const { language } = app.store.state;
    for (const controller of own) controller.destroy();
    own = paramsOf(data).map(([name, { type, min, max, default: usual, text }]) => {
      const step = type === 'integer' ? 1 : rounded((max - min) / 500, 1);
      const controller = gui!.folders[0]!.add({ [name]: params[name] ?? usual }, name, min, max, step).name(text[language].title);
      controller.domElement.title = app.recorded ? app.t('needs_gpu') : text[language].summary;
      controller.domElement.dataset.setting = `param_${name}`;
      for (const field of controller.domElement.querySelectorAll('input')) field.setAttribute('aria-label', text[language].title);
      controller.disable(app.recorded);
      controller.onChange((value: number) => {
        const { params: now } = app.store.state.settings;
        if (value === (now[name] ?? usual)) return;
        // The slider stays under the hand.
        values.params = { ...now, [name]: value };
        app.session.change({ params: values.params });
      });
      file!.domElement.before(controller.domElement);
      return controller;
    });
    if (data !== 'formula') return;
    const [row, fields] = [file!, own];
    void import('../plane/field.ts').then(({ formulaField }) => {
      // The rail may have been built anew meanwhile.
      if (own !== fields || file !== row) return;
      const field = formulaField(app, gui!.folders[0]!, values);
      own.push(field);
      row.domElement.before(field.domElement);
    });
  }

  /** A control that the data have no use for is off. */
  function applicable(): void {
    const { data } = app.store.state.settings;
    const off: Partial<Record<string, boolean>> = { noise: !generatorOf(data), layer: data !== 'digits' };
    for (const controller of gui?.controllersRecursive() ?? []) if (controller.property in off) controller.disable(app.recorded || off[controller.property]);
  }

  /** The gain that a hand holds. */
  let held: number | null = null;

  /** Marks what anything but the visitor's own hand on the control has moved: the old value stands before the field. */
  function marks(): void {
    const { settings, before } = app.store.state;
    for (const controller of gui?.controllersRecursive() ?? []) {
      const name = controller.property as Name;
      if (!(name in settings)) continue;
      const live = name === 'gain' && held !== null;
      const old = live ? settings.gain : before && before[name] !== settings[name] ? before[name] : null;
      const { domElement } = controller;
      domElement.classList.toggle('moved', old !== null);
      const was = domElement.querySelector('.was');
      const words =
        old === null
          ? ''
          : `${typeof old === 'number' ? rounded(old, 3) : typeof old === 'boolean' ? (old ? '✓' : '–') : label(name, old)} →${live ? ` ${rounded(held!, 3)}` : ''}`;
      if (was?.textContent === words) continue;
      was?.remove();
      if (words) domElement.querySelector('.lil-name')!.append(h('span', { class: 'was' }, words));
    }
  }

  function add(folder: GUI, name: Name): void {
    const { t } = app;
    const list = CHOICES[name];
    let controller: Controller;
    if (list) {
      const offered = name === 'data' && !app.store.state.csv ? list.filter((each) => each !== 'csv') : list;
      controller = folder.add(values, name, Object.fromEntries(offered.map((value) => [label(name, value), value])));
    } else if (name in RANGES) {
      const { min, max, step } = RANGES[name as keyof typeof RANGES];
      controller = folder.add(values, name, min, max, step);
    } else controller = folder.add(values, name);
    controller.name(t(`set_${name}`));
    const reason = app.recorded ? t('needs_gpu') : t(LIVE.has(name) ? 'live' : 'rebuilds');
    controller.domElement.title = reason;
    controller.domElement.dataset.setting = name;
    for (const field of controller.domElement.querySelectorAll('input, select')) field.setAttribute('aria-label', t(`set_${name}`));
    controller.disable(app.recorded);
    // Sliders of the rate and the check boxes answer at once, the others when the hand lets go or the value settles.
    controller.onChange((value: Settings[Name]) => {
      const { settings } = app.store.state;
      if (value === settings[name]) return;
      const more = name === 'data' ? { params: {} } : name === 'layer' ? settingsWith(value as Settings['layer'], settings) : {};
      app.session.change({ [name]: value, ...more });
    });
  }

  return {
    build,
    mark(gain) {
      held = gain;
      marks();
    },
    update() {
      const { settings } = app.store.state;
      marks();
      let changed = false;
      for (const key of Object.keys(settings) as (keyof Settings)[]) if (values[key] !== settings[key]) changed = true;
      if (!changed) return;
      const others = values.data !== settings.data || values.params !== settings.params;
      Object.assign(values, settings);
      applicable();
      if (others) addParams();
      for (const controller of gui?.controllersRecursive() ?? []) controller.updateDisplay();
    },
  };
}
