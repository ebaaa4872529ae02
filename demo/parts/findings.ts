// What the diagnosis says: one row per finding, its evidence, its remedy, and after a remedy what came of it.
import type { App } from '../app.ts';
import { byId, h, icon, rich } from '../dom.ts';
import { number, powerOfTen } from '../format.ts';
import { FINDING_ICONS } from '../icons.ts';
import type { FindingMessage } from '../protocol.ts';
import { findingEvidence, findingTitle } from '../verdict.ts';

/** The findings panel; returns its update. */
export function findings(app: App): () => void {
  const list = byId<HTMLUListElement>('findings');
  const count = byId('findings-count');
  const opened = new Set<string>();
  let shown = '';

  const row = (finding: FindingMessage, state: { mended: boolean; evidence: string; message: string }): HTMLLIElement => {
    const { t, session } = app;
    const { rule } = finding;
    const title = h('button', { class: 'title', 'aria-expanded': String(opened.has(rule)) }, findingTitle(finding, t));
    const sign = h('span', { class: state.mended ? 'ok' : 'bad' }, icon(FINDING_ICONS[state.mended ? 'mended' : rule] ?? FINDING_ICONS.other!, 14));
    const item = h(
      'li',
      { 'data-rule': rule, 'data-mended': String(state.mended) },
      sign,
      h('div', { class: 'words' }, title, h('div', { class: 'evidence', title: state.evidence.replace(/<.*?>/g, '') }, ...rich(state.evidence))),
    );
    const toggle = (): void => {
      if (opened.has(rule)) opened.delete(rule);
      else opened.add(rule);
      update();
    };
    title.addEventListener('click', toggle);
    const remedy = finding.remedies[0];
    if (state.mended || session.before) item.append(h('button', { class: 'small', onclick: toggle }, t('show')));
    else if (remedy)
      item.append(
        h(
          'button',
          { class: 'small', 'data-act': 'mend-one', onclick: () => session.mend(remedy), 'aria-label': `${t('mend_one')}: ${findingTitle(finding, t)}` },
          t('mend_one'),
        ),
      );
    if (opened.has(rule)) item.append(h('p', { class: 'message' }, state.message));
    return item;
  };

  const line = (finding: FindingMessage): string => findingEvidence(finding, app.session.run?.depth ?? 0, app.t);

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
    ]);
    if (key === shown) return;
    shown = key;
    const focus = list.contains(document.activeElement) ? (document.activeElement?.closest('li')?.dataset.rule ?? null) : null;
    const rows: HTMLLIElement[] = [];
    for (const finding of was) {
      const still = now.find((each) => each.rule === finding.rule);
      const text = still ? t('was_now', { a: short(finding), b: short(still) }) : t('was_gone', { a: short(finding) });
      rows.push(row(finding, { mended: !still, evidence: text, message: (still ?? finding).message }));
    }
    for (const finding of now)
      if (!was.some((each) => each.rule === finding.rule)) rows.push(row(finding, { mended: false, evidence: line(finding), message: finding.message }));
    count.textContent = String(rows.length);
    if (rows.length === 0)
      rows.push(h('li', { class: 'nothing' }, session.run && session.run.step > 0 ? t('nothing', { n: session.run.step }) : t('summary_wait')));
    list.replaceChildren(...rows);
    if (focus) list.querySelector<HTMLElement>(`[data-rule="${focus}"] .title`)?.focus();
  }
  return update;
}

/** Its one decisive figure. */
function short(finding: FindingMessage): string {
  const { ratio, absMean, log10L2, loss, norm, ...others } = finding.evidence;
  const figure = typeof log10L2 === 'number' ? powerOfTen(log10L2) : (ratio ?? absMean ?? loss ?? norm ?? Object.values(others)[0]);
  return typeof figure === 'number' ? number(figure) : String(figure ?? '');
}
