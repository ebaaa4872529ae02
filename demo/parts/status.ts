// The status line: how fast page and engine go, on what, and in profiling mode what the GPU's time goes into. And what shows
// everywhere that a run is going on: step numbers and play buttons.
import type { App } from '../app.ts';
import { byId, icon } from '../dom.ts';
import { bytes, milliseconds } from '../format.ts';
import { ICONS } from '../icons.ts';
import { GPU_PARTS } from '../protocol.ts';

/** The status line; returns its update. */
export function status(app: App): () => void {
  const line = byId('status');
  const adapter = byId('adapter');
  const profile = byId<HTMLButtonElement>('gpu-times');
  profile.addEventListener('click', () => app.store.set({ profile: !app.store.state.profile }));

  /** Steps per second, or why there are none. */
  function pace(): string {
    const { t, session } = app;
    const { stepsPerSecond: n } = session.status;
    if (session.failed) return t('h_none');
    if (!session.run || session.stale) return t('status_building');
    if (session.run.ended) return t(`status_${session.run.ended}`);
    if (!session.playing) return t('status_paused');
    return t('status_steps', { n: n < 10 ? n.toFixed(1) : Math.round(n) });
  }

  function gpu(): string {
    const { t, session } = app;
    const times = session.run?.gpuTimes;
    if (!times) return t('gpu_wait');
    const parts = GPU_PARTS.map((part) => `${t(`gpu_${part}`)} ${milliseconds(times.parts[part])}`);
    return `${t('gpu_step', { x: milliseconds(GPU_PARTS.reduce((sum, part) => sum + times.parts[part], 0)) })} ${parts.join(', ')}`;
  }

  return () => {
    const { t, session, frame } = app;
    const { dispatches, bytes: held, adapter: name, fallback } = session.status;
    const profiling = app.store.state.profile && !app.recorded;
    const words = [t('status_frames', { n: Math.round(Math.min(frame.rate, 999)), x: milliseconds(frame.work) }), pace()];
    if (profiling) words.push(gpu());
    else if (dispatches > 0) words.push(t('status_dispatches', { n: dispatches }), t('status_memory', { n: bytes(held) }));
    line.textContent = words.join(' · ');
    profile.hidden = app.recorded;
    profile.textContent = t('profile_mode');
    profile.setAttribute('aria-pressed', String(profiling));
    const what = [name ?? t('status_hidden'), ...(fallback ? [t('status_software')] : [])];
    adapter.textContent = app.recorded ? t('recorded') : what.join(' · ');
    adapter.title = [...(name === null ? [t('status_hidden_more')] : []), ...(fallback ? [t('status_software_more')] : [])].join(' ');
    for (const number of document.querySelectorAll('.step-number')) number.textContent = String(session.run?.step ?? 0);
    for (const button of document.querySelectorAll<HTMLElement>('[data-do=play]')) {
      const key = session.playing ? 'pause' : 'play';
      if (button.dataset.shown !== key) button.replaceChildren(icon(ICONS[key]));
      button.dataset.shown = key;
      button.setAttribute('aria-label', t(key));
      button.title = t(key);
    }
  };
}
