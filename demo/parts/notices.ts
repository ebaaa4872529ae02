// Notices above the headline: no WebGPU, a lost device, an error, a document beyond the controls. Words, never a stack trace.
import type { App } from '../app.ts';
import { byId, h } from '../dom.ts';

export interface Notice {
  /** One notice per kind: a newer one takes its place. */
  kind: 'nogpu' | 'lost' | 'failed' | 'custom' | 'file' | 'csv' | 'address' | 'foreign' | 'stored' | 'kernels';
  title: string;
  words?: string;
  action?: { name: string; act(): void };
  /** What stands in the place of Close, where that does more. */
  close?: { name: string; act(): void };
}

/** Shows and removes notices. */
export function notices(app: App): { show(notice: Notice): void; hide(kind: Notice['kind']): void } {
  const box = byId('notices');
  const hide = (kind: Notice['kind']): void => box.querySelector(`[data-kind="${kind}"]`)?.remove();
  return {
    hide,
    show({ kind, title, words, action, close }) {
      hide(kind);
      const notice = h(
        'div',
        { class: 'notice', 'data-kind': kind, role: kind === 'failed' ? 'alert' : 'status' },
        h('p', {}, h('b', {}, title), ` ${words ?? ''}`),
      );
      if (action) notice.append(h('button', { class: 'link', onclick: () => action.act() }, action.name));
      if (close) notice.append(h('button', { class: 'link', onclick: () => close.act() }, close.name));
      else if (kind !== 'nogpu') notice.append(h('button', { class: 'link', onclick: () => hide(kind) }, app.t('dismiss')));
      box.append(notice);
    },
  };
}
