// What the diagnosis says: one row per cause, its evidence, its remedy, and after a remedy what came of it; below a cause, what follows from it.
import type { App } from '../app.ts';
import { byId, h, icon, rich } from '../dom.ts';
import { number, powerOfTen } from '../format.ts';
import { FINDING_ICONS } from '../icons.ts';
import type { FindingMessage, RemedyMessage } from '../protocol.ts';
import { findingEvidence, findingMessage, findingTitle, uncheckedText } from '../verdict.ts';

/** What a row shows. */
interface Shown {
  finding: FindingMessage;
  fixed: boolean;
  evidence: string;
  message: string;
  /** What its button does: applies a remedy, or opens the row. */
  remedy: RemedyMessage | null;
}

/** A row that stays while its finding does: a click between two diagnoses is not lost, and the focus stays where it is. */
interface Row {
  element: HTMLLIElement;
  write(shown: Shown): void;
}

/** The findings panel; returns its update. */
export function findings(app: App): () => void {
  const list = byId<HTMLUListElement>('findings');
  const count = byId('findings-count');
  const opened = new Set<string>();
  const rows = new Map<string, Row>();
  const nothing = h('li', { class: 'nothing' });

  function makeRow(key: string): Row {
    let now: Shown | null = null;
    let drawn = '';
    const sign = h('span');
    const title = h('button', { class: 'title', 'aria-expanded': 'false' });
    const evidence = h('div', { class: 'evidence' });
    const act = h('button', { class: 'small' });
    const message = h('p', { class: 'message' });
    const element = h('li', { 'data-rule': key }, sign, h('div', { class: 'words' }, title, evidence), act, message);
    const toggle = (): void => {
      if (!opened.delete(key)) opened.add(key);
      update();
    };
    title.addEventListener('click', toggle);
    act.addEventListener('click', () => (now?.remedy ? app.session.fix(now.remedy) : toggle()));
    return {
      element,
      write(shown) {
        now = shown;
        const { t, store } = app;
        const { finding, fixed, remedy } = shown;
        const open = opened.has(key);
        const words = findingTitle(finding, store.state.language);
        const next = JSON.stringify([words, fixed, shown.evidence, open && shown.message, remedy?.id ?? null, store.state.language, finding.consequenceOf]);
        if (next === drawn) return;
        drawn = next;
        element.dataset.fixed = String(fixed);
        element.classList.toggle('follows', finding.consequenceOf !== undefined);
        sign.className = fixed ? 'ok' : 'bad';
        sign.replaceChildren(icon(fixed ? FINDING_ICONS.fixed : (finding.icon ?? FINDING_ICONS.other), 14));
        title.textContent = words;
        title.setAttribute('aria-expanded', String(open));
        evidence.replaceChildren(...rich(shown.evidence));
        evidence.title = shown.evidence.replace(/<.*?>/g, '');
        act.textContent = t(remedy ? 'fix_one' : 'show');
        act.hidden = finding.consequenceOf !== undefined;
        act.setAttribute('aria-label', `${t(remedy ? 'fix_one' : 'show')}: ${words}`);
        if (remedy) act.dataset.act = 'fix-one';
        else delete act.dataset.act;
        message.hidden = !open;
        message.textContent = shown.message;
      },
    };
  }

  const line = (finding: FindingMessage): string => findingEvidence(finding, app.session.run?.depth ?? 0, app.store.state.language);

  /** What there is to show: of a comparison what was there before, and what is new. */
  function wanted(): Shown[] {
    const { session, t } = app;
    const now = session.run?.findings ?? [];
    const was = session.before?.findings ?? [];
    const message = (finding: FindingMessage): string => findingMessage(finding, session.run, app.store.state.language, t);
    const before = was.map((finding): Shown => {
      const still = now.find((each) => keyOf(each) === keyOf(finding));
      const evidence = still ? t('was_now', { a: short(finding), b: short(still) }) : t('was_gone', { a: short(finding) });
      return { finding: still ?? finding, fixed: !still, evidence, message: message(still ?? finding), remedy: null };
    });
    const fresh = now.filter((finding) => !was.some((each) => keyOf(each) === keyOf(finding)));
    const remedyOf = (finding: FindingMessage): RemedyMessage | null => (session.before ? null : (finding.remedies[0] ?? null));
    // What is wrong now comes first: what is gone may wait below the cut.
    return [
      ...fresh.map((finding): Shown => ({ finding, fixed: false, evidence: line(finding), message: message(finding), remedy: remedyOf(finding) })),
      ...before.filter(({ fixed }) => !fixed),
      ...before.filter(({ fixed }) => fixed),
    ];
  }

  function update(): void {
    const { session, t, store } = app;
    const shown = wanted();
    const elements: HTMLElement[] = [];
    const keys = new Set<string>();
    for (const each of shown) {
      const key = keyOf(each.finding);
      keys.add(key);
      const row = rows.get(key) ?? makeRow(key);
      rows.set(key, row);
      row.write(each);
      elements.push(row.element);
    }
    for (const key of rows.keys()) if (!keys.has(key)) rows.delete(key);
    const causes = String(shown.filter(({ finding, fixed }) => !fixed && !finding.consequenceOf).length);
    if (count.textContent !== causes) count.textContent = causes;
    if (shown.length === 0) {
      const begun = session.run !== null && session.run.step > 0;
      const left = begun ? uncheckedText(session.run!.unchecked, store.state.language, t) : '';
      const words = begun ? t('nothing', { n: session.run!.step }) : t('summary_wait');
      const said = left ? `${words} ${left}` : words;
      if (nothing.textContent !== said) nothing.textContent = said;
      elements.push(nothing);
    }
    arrange(list, elements);
  }
  return update;
}

/** Makes these the children of a list, in this order; one that stays where it is is not touched. */
function arrange(list: HTMLElement, elements: readonly HTMLElement[]): void {
  const wanted = new Set(elements);
  for (const child of [...list.children]) if (!wanted.has(child as HTMLElement)) child.remove();
  elements.forEach((element, i) => {
    if (list.children[i] !== element) list.insertBefore(element, list.children[i] ?? null);
  });
}

/** Findings of one rule and kind are the same, before and after. */
const keyOf = ({ rule, kind }: FindingMessage): string => (kind ? `${rule} ${kind}` : rule);

/** Its one decisive figure. */
function short(finding: FindingMessage): string {
  const { ratio, absMean, log10L2, loss, norm, ...others } = finding.evidence;
  const figure = typeof log10L2 === 'number' ? powerOfTen(log10L2) : (ratio ?? absMean ?? loss ?? norm ?? Object.values(others)[0]);
  return typeof figure === 'number' ? number(figure) : String(figure ?? '');
}
