// Files out and in: exports, and what is dropped or picked (a CSV, an experiment document, weights).
import type { App } from '../app.ts';
import { type CsvFile, type ExperimentDocument, guessSettings, sameModel, settingsOf } from '../document.ts';
import { byId, download, h } from '../dom.ts';
import type { ExportKind } from '../protocol.ts';
import type { Figures } from './figures.ts';
import { copy } from './figures.ts';
import type { Item } from './menu.ts';
import type { Notice } from './notices.ts';

/** Labels with at most so many values are classes. */
const MOST_CLASSES = 20;

export interface Files {
  pick(): void;
  exports(): Item[];
  link(): Promise<void>;
}

/** Wires drop and picker; gives the menus their items. */
export function files(app: App, figures: Figures, show: (notice: Notice) => void): Files {
  const input = h('input', {
    type: 'file',
    accept: '.csv,.json,.safetensors,text/csv,application/json',
    class: 'hidden-text',
    'aria-hidden': 'true',
    tabindex: -1,
    id: 'file',
  });
  document.body.append(input);
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file) void open(file);
    input.value = '';
  });

  const main = byId('main');
  addEventListener('dragover', (event) => {
    event.preventDefault();
    main.dataset.drop = app.t('drop');
    main.classList.add('dropping');
  });
  const leave = (): void => main.classList.remove('dropping');
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) leave();
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    leave();
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void open(file);
  });

  async function open(file: File): Promise<void> {
    const { t } = app;
    if (file.name.endsWith('.json')) {
      try {
        openDocument(JSON.parse(await file.text()) as ExperimentDocument);
      } catch {
        show({ kind: 'file', title: t('failed'), words: t('file_unknown', { name: file.name }) });
      }
    } else if (file.name.endsWith('.safetensors')) {
      try {
        await openWeights(file);
      } catch (error) {
        show({ kind: 'file', title: t('failed'), words: `${file.name}: ${(error as Error).message}` });
      }
    } else if (/\.(csv|tsv|txt)$/i.test(file.name)) {
      const csv = describeCsv(file.name, await file.text());
      if (!csv) {
        show({ kind: 'file', title: t('failed'), words: t('csv_bad', { name: file.name }) });
        return;
      }
      app.store.set({ csv, document: null, settings: { ...app.store.state.settings, data: 'csv' } });
      show({ kind: 'file', title: file.name, words: t('csv_ready', { rows: csv.text.trim().split('\n').length - 1, target: csv.target }) });
    } else show({ kind: 'file', title: t('failed'), words: t('file_unknown', { name: file.name }) });
  }

  /** Weights bring the document of their network along, where it is another one than the present. */
  async function openWeights(file: File): Promise<void> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { readDocument } = await import('../../src/io/checkpoint.ts');
    const document = readDocument(bytes) as ExperimentDocument | undefined;
    if (document && !sameModel(document, app.store.document)) {
      app.session.quietly(() => openDocument(document));
      app.session.reset();
    }
    app.session.post({ type: 'load', name: file.name, bytes }, [bytes.buffer]);
  }

  function openDocument(document: ExperimentDocument): void {
    const settings = settingsOf(document);
    app.session.keep();
    app.store.set(settings ? { settings, document: null } : { settings: { ...app.store.state.settings, ...guessSettings(document) }, document });
  }

  const ask = (kind: ExportKind): void => app.session.post({ type: 'export', kind });
  return {
    pick: () => input.click(),
    exports() {
      const { t } = app;
      const json = (): string => `${JSON.stringify(app.store.document, null, 2)}\n`;
      const engine: Item[] = app.recorded
        ? []
        : [
            { name: t('export_csv'), act: () => ask('csv') },
            { name: t('export_json'), act: () => ask('history') },
            { name: t('export_report'), act: () => ask('report') },
            { name: t('export_weights'), act: () => ask('weights') },
          ];
      return [
        { name: t('export_png'), act: async () => download('fathom.png', await figures.whole(), 'image/png') },
        { name: t('export_document'), act: () => download('experiment.json', json(), 'application/json') },
        ...engine,
        ...(app.recorded ? [] : [{ name: t('import'), act: () => input.click() }]),
      ];
    },
    async link() {
      await copy(location.href);
      app.toast(app.t(app.store.state.settings.data === 'csv' ? 'copied_csv' : 'copied'));
    },
  };
}

/** The last column is what is learnt: classes where it has few different values or words, else a number. Null where this is no table. */
export function describeCsv(name: string, text: string): CsvFile | null {
  const lines = text.trim().split(/\r?\n/);
  const header = lines[0]?.split(',').map((cell) => cell.trim().replace(/^"|"$/g, '')) ?? [];
  if (header.length < 2 || lines.length < 3) return null;
  const values = lines.slice(1).map((line) => line.slice(line.lastIndexOf(',') + 1).trim());
  const different = new Set(values.filter((value) => value !== ''));
  const words = [...different].some((value) => Number.isNaN(Number(value)));
  const classes = words || (different.size <= MOST_CLASSES && [...different].every((value) => Number.isInteger(Number(value))));
  return { name, text, target: header.at(-1)!, task: classes ? 'classification' : 'regression', classes: classes ? Math.max(2, different.size) : 1 };
}
