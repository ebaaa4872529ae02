// Share: one sheet for all that can leave the page. A modal dialog in the rail's place: focus stays in it, Escape closes it, and the figure is in view.
import './share.css';
import type { App } from '../app.ts';
import { download, h } from '../dom.ts';
import { fill } from '../i18n.ts';
import { lessonSection } from '../lesson/builder.ts';
import { copy } from '../parts/figures.ts';
import type { ExportKind } from '../protocol.ts';
import { cardCanvas, cardOf, cardPng, cardSvg } from './card_of.ts';
import { embedSection } from './embed_section.ts';
import { linkOf } from './links.ts';
import { SHARE_WORDS, type ShareWords } from './text.ts';

/** Width of the preview. */
const PREVIEW = 360;

/** What a section of the sheet is made with. */
export interface Section {
  app: App;
  w: ShareWords;
  /** A short line at the foot of the sheet: the page's own toast lies under a modal dialog. */
  say(words: string): void;
}

/** Opens the sheet. `pick` opens the file picker. */
export function openShare(app: App, pick: () => void): void {
  const dialog = h('dialog', { class: 'share' });
  let untouched: string[] = [];
  const write = (): void => {
    const w = SHARE_WORDS[app.store.state.language];
    const said = h('p', { class: 'remark', role: 'status' });
    const section: Section = {
      app,
      w,
      say(words) {
        said.textContent = words;
      },
    };
    dialog.setAttribute('aria-label', w.share);
    dialog.replaceChildren(
      h('header', {}, h('h2', {}, w.share), h('button', { class: 'tool', onclick: () => dialog.close() }, w.close)),
      picture(section),
      link(section),
      embedSection(section),
      ...(app.recorded ? [] : [lessonSection(section)]),
      files(section, () => {
        dialog.close();
        pick();
      }),
      said,
    );
    untouched = fieldsOf(dialog).map(({ value }) => value);
  };
  /** The same sheet in another language or theme: what was typed stays, and so does the focus. */
  const again = (): void => {
    const typed = fieldsOf(dialog).map(({ value, checked }, i) => ({ value: value === untouched[i] ? null : value, checked }));
    const focus = [...dialog.querySelectorAll(STOPS)].indexOf(document.activeElement!);
    write();
    fieldsOf(dialog).forEach((field, i) => {
      field.value = typed[i]?.value ?? field.value;
      field.checked = typed[i]?.checked ?? field.checked;
    });
    dialog.querySelectorAll<HTMLElement>(STOPS)[focus]?.focus();
  };
  write();
  const stop = app.store.listen((changed) => {
    if (changed.has('language') || changed.has('theme')) again();
  });
  // A click beside the sheet is meant for the page.
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    stop();
    dialog.remove();
    document.body.classList.remove('sharing');
    app.frame.request(true);
  });
  document.body.append(dialog);
  document.body.classList.add('sharing');
  app.frame.request(true);
  dialog.showModal();
}

/** What the focus stops at. */
const STOPS = 'button, input, textarea';
/** The fields that can be typed in. */
const fieldsOf = (dialog: HTMLElement): HTMLInputElement[] => [...dialog.querySelectorAll<HTMLInputElement>(':is(input, textarea):not([readonly])')];

/** A heading, and what stands below it. */
export const part = (title: string, ...children: (Node | string)[]): HTMLElement => h('section', {}, h('h3', {}, title), ...children);
/** A small button. */
export const button = (name: string, act: () => void, more: Record<string, string> = {}): HTMLElement =>
  h('button', { class: 'small', ...more, onclick: act }, name);

/** A text that is there to be copied. */
export function copied({ w, say }: Section, label: string, text: string, lines = 1): HTMLElement {
  const field = lines > 1 ? h('textarea', { readonly: true, rows: lines, 'aria-label': label }) : h('input', { readonly: true, 'aria-label': label });
  field.value = text;
  field.addEventListener('focus', () => field.select());
  return h(
    'div',
    { class: 'fld' },
    field,
    button(w.copy, () => void copy(field.value, field).then(() => say(w.copied)), { 'aria-label': `${w.copy}: ${label}` }),
  );
}

/** The card, and the ways to keep it. */
function picture({ app, w, say }: Section): HTMLElement {
  const card = cardOf(app, w);
  const preview = cardCanvas(card, Math.round(PREVIEW * (devicePixelRatio || 1)));
  preview.setAttribute('role', 'img');
  preview.setAttribute(
    'aria-label',
    fill(w.picture_of, {
      title: [card.title, card.product && `${card.product.factors} ${card.product.sign} ${card.product.result}`, card.settings].filter(Boolean).join(' '),
    }).replace(/<.*?>/g, ''),
  );
  const save = async (): Promise<void> => download('fathom.png', await cardPng(card), 'image/png');
  const toClipboard = async (): Promise<void> => {
    try {
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': cardPng(card) })]);
      say(w.picture_copied);
    } catch {
      await save();
      say(w.picture_saved);
    }
  };
  return part(
    w.picture,
    preview,
    h(
      'div',
      { class: 'bs' },
      button(w.copy_picture, () => void toClipboard()),
      button(w.save_png, () => void save()),
      button(w.save_svg, async () => download('fathom.svg', await cardSvg(card), 'image/svg+xml')),
    ),
  );
}

function link(section: Section): HTMLElement {
  const { app, w } = section;
  const { settings } = app.store.state;
  return part(w.link, copied(section, w.link, linkOf(app)), ...(settings.data === 'csv' ? [h('p', { class: 'remark' }, w.link_csv)] : []));
}

/** What was under Export before there was this sheet. */
function files({ app, w }: Section, pick: () => void): HTMLElement {
  const ask = (kind: ExportKind) => (): void => app.session.post({ type: 'export', kind });
  const json = (): string => `${JSON.stringify(app.store.document, null, 2)}\n`;
  return part(
    w.files,
    h(
      'div',
      { class: 'bs' },
      button(w.file_document, () => download('experiment.json', json(), 'application/json')),
      ...(app.recorded
        ? []
        : [
            button(w.file_csv, ask('csv')),
            button(w.file_history, ask('history')),
            button(w.file_report, ask('report')),
            button(w.file_weights, ask('weights')),
            button(w.file_open, pick),
          ]),
    ),
    ...(app.recorded ? [h('p', { class: 'remark' }, w.recorded)] : []),
  );
}
