// Files in: what is dropped or picked (a CSV, an experiment document, weights).
import type { App } from '../app.ts';
import type { ExperimentDocument } from '../document.ts';
import { byId, h } from '../dom.ts';
import { errorWords } from '../errors.ts';
import { looksLikeOne } from '../store.ts';
import type { Notice } from './notices.ts';

export interface Files {
  /** What the worker says of a document that was to be checked. */
  checked(wrong: string | null): void;
  /** Reads a log, with these meanings of its columns; what is wrong with it is said. */
  openLog(file: File, map: readonly string[]): Promise<void>;
  pick(): void;
}

/** What reads a document is loaded with the first one. */
const reading = () => import('../read_document.ts');
const naming = () => import('../new_names.ts');

/** Whether a table's header is that of a log: a loss, and steps or epochs. */
export const isLogHeader = (head: string): boolean => {
  const header = head.replace(/^\s+/, '').split(/\r?\n/, 1)[0]!;
  return /loss/i.test(header) && /(^|[^a-z])(_?step|iter|iteration|epoch)/i.test(header);
};

/** Bytes that are enough for the header of a table. */
const HEADER = 2 ** 16;
/** What only logs are called. */
const LOGS = /\.(jsonl|ndjson|log|out)$|tfevents/i;

/** A file that cannot be read, in the page's words. */
class NotRead extends Error {}

/** Wires drop and picker. `asLog` reads a log, and says whether it is one. */
export function files(app: App, show: (notice: Notice) => void, asLog: (file: File, map?: readonly string[]) => Promise<boolean>): Files {
  const input = h('input', {
    type: 'file',
    accept: '.csv,.tsv,.txt,.json,.jsonl,.ndjson,.log,.out,.safetensors,text/csv,application/json,application/octet-stream',
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
  const open = (file: File): Promise<void> => said(file, () => read(file));

  /** Does something with a file, and says what is wrong with it. */
  async function said(file: File, act: () => Promise<unknown>): Promise<void> {
    const { t } = app;
    try {
      await act();
    } catch (error) {
      show({
        kind: 'file',
        title: t('file_not_read', { name: file.name }),
        words: `${await wordsOf(error as Error)}${app.store.state.language === 'en' ? ' ' : ''}${t('file_left')}`,
      });
    }
  }

  async function read(file: File): Promise<void> {
    const { t } = app;
    const { name } = file;
    if (name.endsWith('.safetensors')) await openWeights(file);
    else if (LOGS.test(name)) await openLog(file);
    else if (/\.(csv|tsv|txt)$/i.test(name) && isLogHeader(await file.slice(0, HEADER).text())) await openLog(file);
    else if (name.endsWith('.txt') && (await asLog(file).catch(() => false))) return;
    else if (name.endsWith('.json')) {
      const given = await jsonOf(file);
      if (!looksLikeOne(given)) {
        if (await asLog(file)) return;
        throw new NotRead(t('file_not_document'));
      }
      const { document, old } = await checkedDocument(given);
      openDocument(document, await reading());
      if (old) show({ kind: 'file', title: name, words: t('document_old', { name }) });
    } else if (/\.(csv|tsv|txt)$/i.test(name)) await openCsv(file);
    else throw new NotRead(t('file_unknown', { name }));
  }

  /** Why a file cannot be read, in the page's language. */
  async function wordsOf(error: Error): Promise<string> {
    const { t, store } = app;
    if (error instanceof NotRead) return error.message;
    const words = await errorWords(error.message, store.state.language, t);
    const [, line, column] = /line (\d+)(?:, column (\d+))?/.exec(error.message) ?? [];
    if (store.state.language === 'en' || line === undefined || !words.includes(error.message)) return words;
    return `${column === undefined ? t('file_at_line', { line }) : t('file_at', { line, column })}${words}`;
  }

  async function openLog(file: File, map: readonly string[] = []): Promise<void> {
    if (!(await asLog(file, map))) throw new NotRead(app.t('file_not_log'));
  }

  /** Asks the worker, which has the schema. */
  function check(document: ExperimentDocument): Promise<string | null> {
    return new Promise((resolve) => {
      answer = resolve;
      app.session.post({ type: 'check', document });
    });
  }

  async function jsonOf(file: File): Promise<unknown> {
    // Python writes NaN and Infinity, which JSON does not have: whoever reads such a file knows them.
    const text = (await file.text()).replace(/(?<=[[:,]\s*)-?(NaN|Infinity)(?=\s*[,\]}])/g, 'null');
    try {
      return JSON.parse(text);
    } catch {
      throw new NotRead(app.t('file_not_json'));
    }
  }

  /** A document, checked before anything that runs is touched. */
  async function checkedDocument(given: ExperimentDocument): Promise<{ document: ExperimentDocument; old: boolean }> {
    const document = (await naming()).withNewNames(given);
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
    const document = given && (await naming()).withNewNames(given);
    const reader = await reading();
    if (document && !reader.sameModel(document, app.store.document)) {
      app.session.quietly(() => openDocument(document, reader));
      app.session.reset();
    }
    app.session.post({ type: 'load', name: file.name, bytes }, [bytes.buffer]);
  }

  function openDocument(document: ExperimentDocument, { settingsOf, guessSettings }: Awaited<ReturnType<typeof reading>>): void {
    const settings = settingsOf(document);
    app.session.keep();
    app.store.set(settings ? { settings, document: null } : { settings: { ...app.store.state.settings, ...guessSettings(document) }, document });
  }

  return { checked: (wrong) => answer(wrong), openLog: (file, map) => said(file, () => openLog(file, map)), pick: () => input.click() };
}
