// Files in: what is dropped or picked (a CSV, an experiment document, weights).
import type { App } from '../app.ts';
import { type ExperimentDocument, guessSettings, sameModel, settingsOf, withNewNames } from '../document.ts';
import { byId, h } from '../dom.ts';
import { looksLikeOne } from '../store.ts';
import type { Notice } from './notices.ts';

export interface Files {
  /** What the worker says of a document that was to be checked. */
  checked(wrong: string | null): void;
  pick(): void;
}

/** A file that cannot be read, in the page's words. */
class NotRead extends Error {}

/** Wires drop and picker. */
export function files(app: App, show: (notice: Notice) => void): Files {
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

  let answer: (wrong: string | null) => void = () => {};
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

  /** What it is, its name says; what is wrong with it, whoever reads it. */
  async function open(file: File): Promise<void> {
    const { t } = app;
    const { name } = file;
    try {
      if (name.endsWith('.safetensors')) await openWeights(file);
      else if (name.endsWith('.json')) {
        const { document, old } = await readDocumentOf(file);
        openDocument(document);
        if (old) show({ kind: 'file', title: name, words: t('document_old', { name }) });
      } else if (/\.(csv|tsv|txt)$/i.test(name)) await openCsv(file);
      else throw new NotRead(t('file_unknown', { name }));
    } catch (error) {
      show({ kind: 'file', title: t('file_not_read', { name }), words: `${wordsOf(error as Error)} ${t('file_left')}` });
    }
  }

  /** Why a file cannot be read, in the page's language: the engine's own sentences are English. */
  function wordsOf(error: Error): string {
    const { t } = app;
    if (error instanceof NotRead) return error.message;
    if (app.store.state.language === 'en') return error.message;
    const place = /line (\d+), column (\d+)/.exec(error.message);
    return `${place ? `${t('file_at', { line: place[1]!, column: place[2]! })} ` : ''}${t('engine_says', { what: error.message })}`;
  }

  /** Asks the worker, which has the schema. */
  function check(document: ExperimentDocument): Promise<string | null> {
    return new Promise((resolve) => {
      answer = resolve;
      app.session.post({ type: 'check', document });
    });
  }

  /** The document of a file, checked before anything that runs is touched. */
  async function readDocumentOf(file: File): Promise<{ document: ExperimentDocument; old: boolean }> {
    let given: unknown;
    try {
      given = JSON.parse(await file.text());
    } catch {
      throw new NotRead(app.t('file_not_json'));
    }
    if (!looksLikeOne(given)) throw new NotRead(app.t('file_not_document'));
    const document = withNewNames(given);
    const wrong = await check(document);
    if (wrong !== null) throw new Error(wrong);
    return { document, old: document !== given };
  }

  async function openCsv(file: File): Promise<void> {
    const { describeCsv } = await import('../own_csv.ts');
    const csv = describeCsv(file.name, new Uint8Array(await file.arrayBuffer()));
    app.session.keep();
    app.store.set({ csv, document: null, settings: { ...app.store.state.settings, data: 'csv' } });
    show({ kind: 'csv', title: file.name, words: app.t('csv_ready', { rows: csv.rows, target: csv.target }) });
  }

  /** Weights bring the document of their network along, where it is another one than the present. */
  async function openWeights(file: File): Promise<void> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { readDocument } = await import('../../src/io/checkpoint.ts');
    const given = readDocument(bytes) as ExperimentDocument | undefined;
    // That the file is old, the message about its weights says.
    const document = given && withNewNames(given);
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

  return { checked: (wrong) => answer(wrong), pick: () => input.click() };
}
