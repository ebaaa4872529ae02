// What the diagnosis says: one row per finding, its evidence, its remedy, and after a remedy what came of it.
import type { App } from '../app.ts';
import { byId, h, icon, rich } from '../dom.ts';
import { number, powerOfTen } from '../format.ts';
import { FINDING_ICONS } from '../icons.ts';
import type { FindingMessage } from '../protocol.ts';
import { findingEvidence, findingTitle, uncheckedText } from '../verdict.ts';

/** The findings panel; returns its update. */
export function findings(app: App): () => void {
  const list = byId<HTMLUListElement>('findings');
  const count = byId('findings-count');
  const opened = new Set<string>();
  let shown = '';

  const row = (finding: FindingMessage, state: { fixed: boolean; evidence: string; message: string }): HTMLLIElement => {
    const { t, session, store } = app;
    const key = keyOf(finding);
    const title = h('button', { class: 'title', 'aria-expanded': String(opened.has(key)) }, findingTitle(finding, store.state.language));
    const sign = h('span', { class: state.fixed ? 'ok' : 'bad' }, icon(state.fixed ? FINDING_ICONS.fixed : (finding.icon ?? FINDING_ICONS.other), 14));
    const item = h(
      'li',
      { 'data-rule': key, 'data-fixed': String(state.fixed) },
      sign,
      h('div', { class: 'words' }, title, h('div', { class: 'evidence', title: state.evidence.replace(/<.*?>/g, '') }, ...rich(state.evidence))),
    );
    const toggle = (): void => {
      if (opened.has(key)) opened.delete(key);
      else opened.add(key);
      update();
    };
    title.addEventListener('click', toggle);
    const remedy = finding.remedies[0];
    if (state.fixed || session.before) item.append(h('button', { class: 'small', onclick: toggle }, t('show')));
    else if (remedy)
      item.append(
        h(
          'button',
          {
            class: 'small',
            'data-act': 'fix-one',
            onclick: () => session.fix(remedy),
            'aria-label': `${t('fix_one')}: ${findingTitle(finding, store.state.language)}`,
          },
          t('fix_one'),
        ),
      );
    if (opened.has(key)) item.append(h('p', { class: 'message' }, state.message));
    return item;
  };

  const line = (finding: FindingMessage): string => findingEvidence(finding, app.session.run?.depth ?? 0, app.store.state.language);

  function update(): void {
    const { session, t, store } = app;
    const now = session.run?.findings ?? [];
    const was = session.before?.findings ?? [];
    const key = JSON.stringify([
      store.state.language,
      session.stale,
      was.map(short),
      now.map(line),
      [...opened],
      session.run ? Math.floor(Math.log2(session.run.step + 1)) : -1,
      now.length === 0 && session.run?.step,
      session.run?.unchecked.length,
    ]);
    if (key === shown) return;
    shown = key;
    const focus = list.contains(document.activeElement) ? (document.activeElement?.closest('li')?.dataset.rule ?? null) : null;
    const rows: HTMLLIElement[] = [];
    for (const finding of was) {
      const still = now.find((each) => keyOf(each) === keyOf(finding));
      const text = still ? t('was_now', { a: short(finding), b: short(still) }) : t('was_gone', { a: short(finding) });
      rows.push(row(finding, { fixed: !still, evidence: text, message: (still ?? finding).message }));
    }
    for (const finding of now)
      if (!was.some((each) => keyOf(each) === keyOf(finding))) rows.push(row(finding, { fixed: false, evidence: line(finding), message: finding.message }));
    count.textContent = String(rows.length);
    const left = uncheckedText(session.run?.unchecked ?? [], store.state.language, t);
    if (rows.length === 0) {
      const nothing = session.run && session.run.step > 0 ? t('nothing', { n: session.run.step }) : t('summary_wait');
      rows.push(h('li', { class: 'nothing' }, left ? `${nothing} ${left}` : nothing));
    }
    list.replaceChildren(...rows);
    if (focus) list.querySelector<HTMLElement>(`[data-rule="${focus}"] .title`)?.focus();
  }
  return update;
}

/** Findings of one rule and kind are the same, before and after. */
const keyOf = ({ rule, kind }: FindingMessage): string => (kind ? `${rule} ${kind}` : rule);

/** Its one decisive figure. */
function short(finding: FindingMessage): string {
  const { ratio, absMean, log10L2, loss, norm, ...others } = finding.evidence;
  const figure = typeof log10L2 === 'number' ? powerOfTen(log10L2) : (ratio ?? absMean ?? loss ?? norm ?? Object.values(others)[0]);
  return typeof figure === 'number' ? number(figure) : String(figure ?? '');
}
