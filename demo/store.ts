// The state of the page that a link can carry, in one place: controls, the run compared with, and how it is looked at.
import type { Language } from '../src/texts.ts';
import type { CsvFile, ExperimentDocument, LayerDocument } from './document.ts';
import { documentOf } from './document.ts';
import { ownRows, rowsLater } from './own_rows.ts';
import { presetOf } from './presets.ts';
import type { Speed } from './protocol.ts';
import { SPEEDS } from './protocol.ts';
import { DEFAULTS, decodeSettings, encodeSettings, isSetting, notThere, type Settings } from './settings.ts';

export type Theme = 'light' | 'dark';

export interface State {
  settings: Settings;
  /** An imported document that the controls cannot say: it runs as it is until a control is touched. */
  document: ExperimentDocument | null;
  csv: CsvFile | null;
  /** The controls of the run that this one is compared with. */
  before: Settings | null;
  language: Language;
  theme: Theme;
  /** relative: to the last hidden layer; absolute: 0 is 1e-3. */
  scale: 'relative' | 'absolute';
  /** What the chart shows: 'loss', 'accuracy', or a metric of the document. */
  metric: string;
  speed: Speed;
  /** The layer that is open, counted from 1 at the input. */
  layer: number | null;
  /** Whether training goes on in a hidden tab. */
  hidden: 'pause' | 'go_on';
  /** Whether the GPU time of each layer is measured. */
  profile: boolean;
  /** The questions of a lesson, as they stand in the address (demo/lesson). */
  lesson: string | null;
  /** The answers to them that were handed in. */
  handed: string | null;
}

type Listener = (changed: ReadonlySet<keyof State>) => void;

/** One store: set, listen, and a round trip through the address. */
export class Store {
  state: State;
  private readonly listeners = new Set<Listener>();
  /** What the visitor's own system asks for: it is not written into a link. */
  private readonly system: { language: Language; theme: Theme };

  constructor(hash: string, system: { language: Language; theme: Theme }) {
    this.system = system;
    this.state = this.decode(hash);
  }

  /** Changes part of the state; listeners hear which keys really changed, once. */
  set(patch: Partial<State>): void {
    const changed = new Set<keyof State>();
    for (const key of Object.keys(patch) as (keyof State)[]) if (patch[key] !== this.state[key]) changed.add(key);
    if (changed.size === 0) return;
    this.state = { ...this.state, ...patch };
    for (const listener of this.listeners) listener(changed);
  }

  /** Changes controls; an imported document gives way to them. */
  change(patch: Partial<Settings>): void {
    this.set({ settings: { ...this.state.settings, ...patch }, document: null });
  }

  /** Returns what ends it. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The document that is to run. */
  get document(): ExperimentDocument {
    return this.state.document ?? this.documentOf(this.state.settings);
  }

  /** The document of other settings, with the file that there is. */
  documentOf(settings: Settings): ExperimentDocument {
    return documentOf(settings, this.rowsOf(settings));
  }

  /** The rows of settings whose data have some of their own: the file that there is, or what the settings say. */
  rowsOf(settings: Settings): CsvFile | null {
    return settings.data === 'csv' ? this.state.csv : ownRows(settings);
  }

  /** What has to be loaded before the rows of these settings are there; null where nothing has. */
  rowsLater(...all: (Settings | null)[]): Promise<unknown> | null {
    return all.some((settings) => settings?.data === 'drawn' || settings?.data === 'formula') ? rowsLater() : null;
  }

  /** The state as the part of an address behind '#'. */
  encode(): string {
    const { settings, document, before, language, theme, scale, metric, speed, layer, hidden, profile, lesson, handed } = this.state;
    const parameters = new URLSearchParams(encodeSettings(settings));
    if (document) parameters.set('document', JSON.stringify(document));
    if (before) parameters.set('before', encodeSettings(before) || 'default');
    if (language !== this.system.language) parameters.set('language', language);
    if (theme !== this.system.theme) parameters.set('theme', theme);
    if (scale !== 'relative') parameters.set('scale', scale);
    if (metric !== 'loss') parameters.set('metric', metric);
    if (speed !== 'slow') parameters.set('speed', speed);
    if (layer !== null) parameters.set('layer', String(layer));
    if (hidden !== 'pause') parameters.set('hidden', hidden);
    if (profile) parameters.set('profile', '1');
    if (lesson !== null) parameters.set('lesson', lesson);
    if (handed !== null) parameters.set('handed', handed);
    return parameters.toString();
  }

  /** The same with its '#'; empty where everything is as a first visitor finds it, for a '#' with nothing behind it says nothing. */
  get hash(): string {
    const state = this.encode();
    return state && `#${state}`;
  }

  /** The reverse of encode; what cannot be read is left at its default. */
  decode(hash: string): State {
    const parameters = new URLSearchParams(hash.replace(/^#/, ''));
    const one = <T extends string>(name: string, names: readonly T[], otherwise: T): T => {
      const value = parameters.get(name) as T | null;
      return value && names.includes(value) ? value : otherwise;
    };
    const before = parameters.get('before');
    const layer = Number(parameters.get('layer'));
    return {
      settings: decodeSettings(parameters.toString(), presetOf(parameters.get('preset'))),
      document: parse(parameters.get('document')),
      csv: null,
      before: before ? (before === 'default' ? DEFAULTS : decodeSettings(before)) : null,
      language: one('language', ['en', 'zh'], this.system.language),
      theme: one('theme', ['light', 'dark'], this.system.theme),
      scale: one('scale', ['relative', 'absolute'], 'relative'),
      metric: parameters.get('metric') ?? 'loss',
      speed: one('speed', Object.keys(SPEEDS) as Speed[], 'slow'),
      layer: Number.isInteger(layer) && layer > 0 ? layer : null,
      hidden: one('hidden', ['pause', 'go_on'], 'pause'),
      profile: parameters.get('profile') === '1',
      lesson: parameters.get('lesson'),
      handed: parameters.get('handed'),
    };
  }
}

/** Most layers with weights that a page trains: each takes kernels of its own. */
const MOST_LAYERS = 200;

/** Whether it has the parts of an experiment, and no more layers than the page can show; the worker checks the rest. */
export function looksLikeOne(document: unknown): document is ExperimentDocument {
  const { model, data, loss, optimizer, training } = (document ?? {}) as Partial<ExperimentDocument>;
  const parts = [model, data, optimizer, training].every((part) => typeof part === 'object' && part !== null) && loss !== undefined;
  return parts && Array.isArray(model!.layers) && layersIn(model!.layers) <= MOST_LAYERS;
}

/** Layers with units, repeats counted. */
function layersIn(layers: readonly LayerDocument[]): number {
  return layers.reduce((sum, layer) => {
    if (typeof layer !== 'object' || layer === null) return sum;
    const inner = Array.isArray(layer.layers) ? layersIn(layer.layers) : 0;
    return sum + (layer.type === 'repeat' ? inner * Number(layer.times ?? 1) : inner + (layer.units === undefined && layer.filters === undefined ? 0 : 1));
  }, 0);
}

/** What an address may say besides the settings. */
const VIEW: ReadonlySet<string> = new Set([
  'document',
  'before',
  'language',
  'theme',
  'scale',
  'metric',
  'speed',
  'layer',
  'hidden',
  'profile',
  'preset',
  'lesson',
  'handed',
]);

/** What an address asks for and the page does not have: it shows something near instead, and says so. */
export function unknownIn(hash: string): string[] {
  const text = hash.replace(/^#/, '');
  const parameters = new URLSearchParams(text);
  const before = parameters.get('before');
  const document = parameters.get('document');
  return [
    ...notThere(text, VIEW, presetOf(parameters.get('preset'))),
    ...(before && before !== 'default' ? notThere(before, new Set()).map((each) => `before: ${each}`) : []),
    ...(document && !parse(document) ? ['document'] : []),
    ...(parameters.has('preset') && !presetOf(parameters.get('preset')) ? [`preset=${parameters.get('preset')}`.slice(0, 40)] : []),
  ];
}

/**
 * The address of whoever writes settings behind a '?': what the page knows of them stands behind the '#', where it is read, unless it stands there already.
 * What else is behind the '?' stays, as for example what embeds the page.
 */
export function addressOf(search: string, hash: string): { search: string; hash: string } {
  const asked = new URLSearchParams(search);
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  for (const [name, value] of [...asked]) {
    if (!VIEW.has(name) && !isSetting(name)) continue;
    asked.delete(name);
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return { search: asked.size > 0 ? `?${asked}` : '', hash: parameters.size > 0 ? `#${parameters}` : '' };
}

let names: typeof import('./new_names.ts') | undefined;

/** Loads what reads the document of an address, where it has one: before the address is read. */
export const readerFor = (hash: string): Promise<unknown> | null =>
  names || !/[#&]document=/.test(hash)
    ? null
    : import('./new_names.ts').then((module) => {
        names = module;
      });

function parse(text: string | null): ExperimentDocument | null {
  if (!text) return null;
  try {
    const document = names!.withNewNames(JSON.parse(text) as ExperimentDocument);
    return looksLikeOne(document) ? document : null;
  } catch {
    return null;
  }
}
