// A log of another program in the place of the network: the same figure from what the file has, and what the rules say of it. The network trains on.

import { visible } from '../../src/visible.ts';
import type { App } from '../app.ts';
import { byId, h, icon, rich } from '../dom.ts';
import { arrivesWords } from '../hand/numbers.ts';
import { fill } from '../i18n.ts';
import { FINDING_ICONS } from '../icons.ts';
import type { Notice } from '../parts/notices.ts';
import { ACTIVATIONS, clampSetting, type Settings } from '../settings.ts';
import { findingEvidence, findingMessage, findingTitle, uncheckedText, zoneBy } from '../verdict.ts';
import type { Advice, ForeignLog } from './foreign_log.ts';
import './foreign.css';
import { foreignRun } from './foreign_run.ts';
import { FOREIGN_WORDS, type ForeignWords } from './text.ts';
import type { Answer, Question } from './worker.ts';

/** A log on the page. */
export interface ForeignView {
  /** Writes it anew, as for another language. */
  dress(): void;
  close(): void;
}

/** Reads a file in a thread of its own; null where it is no log. Throws where it is one that cannot be read. */
export async function readForeign(file: File, map: readonly string[] = []): Promise<ForeignLog | null> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => resolve(data));
      worker.addEventListener('error', ({ message }) => reject(new Error(message)));
      worker.postMessage({ file, options: map.length > 0 ? { map } : {} } satisfies Question);
    });
    if ('wrong' in answer) throw new Error(answer.wrong);
    return answer.log;
  } finally {
    worker.terminate();
  }
}

interface Around {
  show(notice: Notice): void;
  hide(): void;
  /** Reads the file again, with other meanings of its columns. */
  again(map: readonly string[]): void;
  map: readonly string[];
  /** What the page does when it is over. */
  closed(): void;
}

/** Puts a log in the place of the network until it is closed. */
export function foreignView(app: App, log: ForeignLog, { show, hide, again, map, closed }: Around): ForeignView {
  const run = foreignRun(log);
  const title = h('h1');
  const lead = h('p');
  const acts = h('div', { class: 'acts' });
  const say = h('section', { class: 'say', id: 'foreign', 'aria-live': 'polite' }, h('div', { class: 'words' }, title, lead), acts);
  const advice = h('div', { class: 'findings advice' });
  const opened = new Set<number>();
  const words = (): ForeignWords => FOREIGN_WORDS[app.store.state.language];
  const flat = log.layers.length === 0;

  app.foreign = { run, names: log.layers, sub: () => '' };
  app.store.set({ layer: null });
  byId('say').before(say);
  byId('row').append(advice);
  document.body.classList.add('foreign');
  document.body.classList.toggle('flat', flat);
  document.body.classList.toggle('still', !log.layers.some((_, l) => run.update(l) > 0));

  /** What is wrong in one sentence: the gravest cause, or what the gradient does by depth. */
  function headline(w: ForeignWords): void {
    const { language } = app.store.state;
    const last = log.layers.length - 1;
    const ratios = run.ratios;
    const worst = ratios.reduce((at, ratio, l) => (ratio < ratios[at]! ? l : at), 0);
    const grave = log.findings.find(({ severity, consequenceOf }) => severity !== 'note' && !consequenceOf);
    // What the rules speak of is the row: an embedding below the first layer has a gradient of its own kind.
    const first = grave?.row ?? 0;
    const zone = flat || !grave ? 'healthy' : zoneBy({ findings: log.findings, ratio: ratios[first]! });
    const byDepth = grave && /_with_depth$/.test(grave.rule) && zone !== 'healthy';
    title.textContent = byDepth ? w[`title_${zone}`] : grave ? findingTitle(grave, language) : log.unchecked.length > 0 ? w.title_judged : w.title_none;
    const evidence = grave && !byDepth ? findingEvidence(grave, log.layers.length, language) : '';
    const [layer, of] = [name(first), name(last)];
    const p = arrivesWords(ratios[first]!, language);
    const what = flat || first === last || !Number.isFinite(ratios[first]) ? '' : fill(ratios[first]! < -1 ? w.reaches : w.receives, { p, layer, last: of });
    const least =
      worst > 0 && ratios[worst]! < ratios[0]! - 0.5 ? fill(w.least, { p: arrivesWords(ratios[worst]!, language), layer: name(worst), last: of }) : '';
    const said = [evidence, least || what].filter(Boolean).join(language === 'en' ? '; ' : '；');
    const space = language === 'en' ? ' ' : '';
    lead.replaceChildren(...rich([...(said ? [fill(w.lead, { what: said })] : []), flat ? w.no_layers : w.no_theory].join(space)));
    acts.replaceChildren(
      ...(flat || app.recorded
        ? []
        : [
            h(
              'button',
              { class: 'button main', 'data-act': 'build-here', onclick: build },
              w.build,
              h('small', {}, fill(w.build_about, { n: settings().depth })),
            ),
          ]),
      h('button', { class: 'button ghost', 'data-act': 'leave-foreign', onclick: close }, w.remove),
    );
  }

  const name = (l: number): string => `<b>${visible(log.layers[l] ?? '').replaceAll('<', '')}</b>`;

  /** The nearest network that the page can train. */
  function settings(): Settings {
    const now = app.store.state.settings;
    const { width, activation, batchNorm } = log.like;
    return {
      ...now,
      layer: 'dense',
      depth: clampSetting('depth', Math.max(1, log.layers.length - 1), now.depth),
      width: width === null ? now.width : clampSetting('width', width, now.width),
      activation: activation && ACTIVATIONS.includes(activation) ? activation : now.activation,
      batchNorm,
    };
  }

  function build(): void {
    const next = settings();
    close();
    app.session.change(next);
  }

  function askColumns(): void {
    const w = words();
    const field = h('textarea', { rows: 6, 'aria-label': w.columns_ask });
    field.value = map.join('\n');
    const done = (): void => {
      dialog.close();
      again(
        field.value
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean),
      );
    };
    const notes = log.notes.map((note) => h('p', { lang: 'en' }, note));
    const dialog = h(
      'dialog',
      { 'aria-label': w.columns, class: 'columns' },
      h('header', {}, h('h2', {}, log.name), h('button', { class: 'tool', onclick: () => dialog.close() }, app.t('close'))),
      h('div', { class: 'scroll' }, h('p', {}, w.columns_ask), field, h('button', { class: 'small', onclick: done }, 'OK'), h('h3', {}, w.notes), ...notes),
    );
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  function bar(w: ForeignWords): void {
    const { language } = app.store.state;
    const counts = fill(flat ? w.counts_flat : w.counts, {
      format: log.format[language].title,
      layers: log.layers.length,
      steps: log.count.toLocaleString('en'),
    });
    const read = flat ? '' : `${language === 'en' ? ' ' : ''}${log.measure === 'delta' ? w.read_delta : log.each === 'rms' ? w.read_rms : w.read_l2}`;
    show({
      kind: 'foreign',
      title: log.name,
      words: `· ${counts}${language === 'en' ? '.' : '。'}${read}`,
      action: { name: w.columns, act: askColumns },
      close: { name: w.remove, act: close },
    });
  }

  /** The findings, each with what to change there. */
  function list(w: ForeignWords): void {
    const { language } = app.store.state;
    const { t } = app;
    const item = (finding: Advice, i: number): HTMLElement => {
      const open = opened.has(i);
      const toggle = (): void => {
        if (!opened.delete(i)) opened.add(i);
        list(words());
        advice.querySelector<HTMLElement>(`[data-at="${i}"] .title`)?.focus();
      };
      const shown = findingTitle(finding, language);
      const act = h('button', { class: 'small', onclick: toggle, 'aria-label': `${w.show}: ${shown}`, hidden: finding.consequenceOf !== undefined }, w.show);
      const first = finding.advice[0];
      const evidence = findingEvidence(finding, log.layers.length, language);
      const lines = finding.advice.map((line) => h('code', {}, line[language]));
      return h(
        'li',
        { 'data-rule': finding.rule, 'data-at': i, class: finding.consequenceOf ? 'follows' : '' },
        h('span', { class: finding.severity === 'note' ? 'ok' : 'bad' }, icon(finding.icon ?? FINDING_ICONS.other, 14)),
        h(
          'div',
          { class: 'words' },
          h('button', { class: 'title', 'aria-expanded': String(open), onclick: toggle }, shown),
          h('div', { class: 'evidence' }, ...rich(evidence)),
        ),
        act,
        h(
          'div',
          { class: 'message', hidden: !open },
          h('p', {}, findingMessage(finding, language === 'zh' ? run : null, language, t)),
          ...(first && log.foreign ? [h('p', {}, w.untried), ...lines] : []),
        ),
      );
    };
    const causes = log.findings.filter(({ consequenceOf }) => !consequenceOf).length;
    const left = uncheckedText(log.unchecked, language, t);
    const rest = [
      ...(log.findings.length === 0 ? [fill(w.nothing, { n: log.count })] : []),
      ...(left ? [h('details', {}, h('summary', {}, fill(w.unjudged, { n: log.unchecked.length })), left)] : []),
    ];
    advice.replaceChildren(
      h('h2', {}, `${w.advice} `, h('span', { class: 'n' }, String(causes))),
      h('ul', {}, ...log.findings.map(item), ...rest.map((line) => h('li', { class: 'nothing' }, line))),
    );
  }

  function dress(): void {
    const w = words();
    const last = log.layers.at(-1) ?? '';
    headline(w);
    bar(w);
    list(w);
    app.foreign = {
      run,
      names: log.layers,
      sub: (panel) =>
        panel === 'strip'
          ? fill(w.names, { n: log.layers.length })
          : log.measure === 'delta'
            ? fill(w.relative_delta, { last })
            : app.store.state.scale === 'relative'
              ? fill(w.relative, { last })
              : w.absolute,
    };
    app.frame.request(true);
  }

  function close(): void {
    app.foreign = null;
    app.pointed = null;
    say.remove();
    advice.remove();
    document.body.classList.remove('foreign', 'flat', 'still');
    hide();
    closed();
    app.frame.request(true);
  }

  return { dress, close };
}
