// Single keys, off inside fields, and their list.
import type { App } from '../app.ts';
import { h } from '../dom.ts';
import type { Key } from '../i18n.ts';
import { closeMenu } from './menu.ts';

/** Wires the keys; `fix` applies the first remedy. */
export function keys(app: App, fix: () => void): void {
  addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    if (event.key === 'Escape') {
      if (closeMenu() || document.querySelector('dialog[open]')) return;
      // On a phone the controls are a sheet over the page.
      const sheet = document.querySelector<HTMLElement>('[data-do=controls][aria-expanded=true]');
      if (sheet) sheet.click();
      else app.store.set({ layer: null });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, select, textarea, dialog, [role=menu]')) return;
    const act = {
      ' ': () => (app.session.playing ? app.session.pause() : app.session.play()),
      '.': () => app.session.step(),
      r: () => app.session.reset(),
      f: fix,
      '?': () => help(app),
    }[event.key.toLowerCase()];
    if (!act || (event.key === ' ' && target.closest('button, a'))) return;
    event.preventDefault();
    act();
  });
}

function help({ t }: App): void {
  const rows: [string, Key][] = [
    [t('key_space'), 'key_play'],
    ['.', 'key_step'],
    ['R', 'key_reset'],
    ['F', 'key_fix'],
    ['Esc', 'key_escape'],
    ['?', 'key_help'],
    ['↑ ↓', 'key_arrows'],
  ];
  const dialog = h(
    'dialog',
    { 'aria-label': t('keys_title') },
    h('header', {}, h('h2', {}, t('keys_title')), h('button', { class: 'tool', onclick: () => dialog.close() }, t('close'))),
    h('dl', {}, ...rows.flatMap(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, t(what))])),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
