// The buttons of the header and of the dock.
import type { App } from '../app.ts';
import { byId, h, icon } from '../dom.ts';
import { loadWords } from '../i18n.ts';
import { ICONS } from '../icons.ts';
import { charted, namedMetrics } from '../metrics.ts';
import { SPEEDS, type Speed } from '../protocol.ts';
import type { Tour } from '../tours.ts';
import { type Item, showMenu } from './menu.ts';

interface Actions {
  code(): void;
  map(): void;
  share(): void;
  /** Loads the tours. */
  tours(): Promise<{ readonly TOURS: readonly Tour[] }>;
  startTour(tour: Tour): void;
}

/** Wires the buttons. `dress` writes their words, `update` their state. */
export function toolbar(app: App, actions: Actions): { dress(): void; update(): void } {
  const { store, session } = app;
  const speed = byId<HTMLSelectElement>('speed');
  const scale = byId('scale-switch');
  const metric = byId('metric-switch');
  const rail = byId('rail');

  const tours = async (): Promise<Item[]> =>
    (await actions.tours()).TOURS.map((tour) => ({
      name: tour.name[store.state.language],
      effect: tour.claim[store.state.language],
      act: () => actions.startTour(tour),
    }));
  const showTours = (button: HTMLElement): void => void tours().then((items) => showMenu(button, items));
  const act: Record<string, (button: HTMLElement) => void> = {
    play: () => (session.playing ? session.pause() : session.play()),
    step: () => session.step(),
    reset: () => session.reset(),
    tours: showTours,
    code: actions.code,
    map: actions.map,
    share: actions.share,
    theme: () => store.set({ theme: store.state.theme === 'dark' ? 'light' : 'dark' }),
    controls: (button) => {
      const open = rail.classList.toggle('open');
      button.setAttribute('aria-expanded', String(open));
    },
    more: (button) =>
      showMenu(button, [
        // A recording has no experiments to make.
        ...(app.recorded
          ? []
          : [
              { name: app.t('tours'), act: () => showTours(button) },
              { name: app.t('map'), act: actions.map },
            ]),
        { name: app.t('code'), act: actions.code },
        { name: app.t('share'), act: actions.share },
      ]),
  };
  for (const button of document.querySelectorAll<HTMLElement>('[data-do]')) {
    const name = button.dataset.do!;
    const path = ICONS[name as keyof typeof ICONS];
    if (path && name !== 'play') button.append(icon(path));
    button.addEventListener('click', () => act[name]!(button));
  }
  // The page has its words before it is in another language: nothing is said twice.
  byId('language').addEventListener('click', async () => {
    const language = store.state.language === 'zh' ? 'en' : 'zh';
    await loadWords(language);
    store.set({ language });
  });
  speed.addEventListener('change', () => session.speed(speed.value as Speed));

  /** A switch of two or three words, one of them pressed. */
  const choices = <T extends string>(box: HTMLElement, values: readonly T[], chosen: T, set: (value: T) => void): void => {
    box.replaceChildren(
      ...values.map((value) =>
        h('button', { 'aria-pressed': String(value === chosen), 'data-value': value, onclick: () => set(value) }, app.t(value as 'loss')),
      ),
    );
  };
  /** What the chart shows: a switch, or where the document names metrics a list, as they would not fit beside each other. */
  const chartChoice = (): void => {
    const chosen = charted(store.state.metric, session.run);
    const named = namedMetrics(session.run);
    if (named.length === 0) {
      choices(metric, ['loss', 'accuracy'] as const, chosen as 'loss', (value) => store.set({ metric: value }));
      return;
    }
    const about = (name: string) => session.run!.start.metrics!.find((each) => each.name === name)?.text[store.state.language].summary;
    const options = ['loss', 'accuracy', ...named].map((value) =>
      h('option', { value, ...(about(value) ? { title: about(value) } : {}) }, value === 'loss' || value === 'accuracy' ? app.t(value) : value),
    );
    const list =
      metric.querySelector('select') ?? h('select', { onchange: (event: Event) => store.set({ metric: (event.target as HTMLSelectElement).value }) });
    list.setAttribute('aria-label', app.t('charted'));
    list.title = about(chosen) ?? '';
    list.replaceChildren(...options);
    list.value = chosen;
    if (list.parentElement !== metric) metric.replaceChildren(list);
  };
  const switches = (): void => {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.value;
    choices(scale, ['relative', 'absolute'] as const, store.state.scale, (value) => store.set({ scale: value }));
    chartChoice();
    if (focused) document.querySelector<HTMLElement>(`.switch [data-value="${focused}"]`)?.focus();
  };

  return {
    dress() {
      // A recording has no experiments to make.
      for (const button of document.querySelectorAll<HTMLButtonElement>('[data-do=tours], [data-do=map]')) {
        button.disabled = app.recorded;
        button.title = app.recorded ? app.t('needs_gpu') : '';
      }
      byId('language').lang = store.state.language === 'zh' ? 'en' : 'zh-CN';
      speed.replaceChildren(...(Object.keys(SPEEDS) as Speed[]).map((value) => h('option', { value }, app.t(`speed_${value}`))));
      this.update();
    },
    update() {
      speed.value = store.state.speed;
      switches();
    },
  };
}
