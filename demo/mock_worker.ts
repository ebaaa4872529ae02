// A stand-in for the engine while the page is built: gradients from a formula.
import type { FromWorker, RemedyMessage, Source, ToWorker } from './protocol.ts';
import { SPEEDS } from './protocol.ts';
import { guessSettings } from './document.ts';

export function mockSource(): Source {
  let listener: (m: FromWorker) => void = () => {};
  let timer = 0;
  let state: { run: number; step: number; factor: number; depth: number; doc: Extract<ToWorker, { type: 'start' }>['document'] } | null = null;
  let speed: keyof typeof SPEEDS = 'slow';
  let watch: number | null = null;
  const noise = (): number => (Math.random() + Math.random() + Math.random() - 1.5) * 0.6;
  const wander: number[] = [];
  const advance = (n: number): void => {
    if (!state) return;
    const s = state;
    const L = s.depth;
    const layers = new Float32Array(n * L * 4);
    const loss = new Float32Array(n);
    const ok = Math.abs(s.factor - 1) < 0.05;
    for (let i = 0; i < n; i++) {
      for (let l = 0; l < L; l++) {
        wander[l] = (wander[l] ?? noise()) * 0.97 + noise() * 0.02;
        const d = L - 1 - l;
        layers.set([0.01 * s.factor ** d * 10 ** (wander[l]! * 0.5 + noise() * 0.04), 10 ** ((ok ? -2.6 : -9.6) + noise() * 0.2), 0.05 + 0.003 * l + noise() * 0.02, 0], (i * L + l) * 4);
      }
      const t = s.step + i;
      loss[i] = ok ? 0.05 + 0.65 * Math.exp(-((t / 52) ** 1.2)) + noise() * 0.02 : 0.693 + noise() * 0.004;
    }
    listener({ type: 'steps', run: s.run, first: s.step + 1, loss, norm: loss, rate: new Float32Array(n).fill(0.03), epoch: s.step / 12, layers });
    s.step += n;
    const size = 48;
    const values = new Float32Array(size * size);
    for (let j = 0; j < size; j++) for (let i = 0; i < size; i++) {
      const u = ((i + 0.5) / size) * 2 - 1, v = 1 - ((j + 0.5) / size) * 2, r = Math.hypot(u, v);
      const p = ok ? Math.tanh(4 * Math.sin(Math.atan2(v, u) - r * 5.6) * Math.min(1, r * 3)) : 0.05 * u; values[j * size + i] = (p > 0 ? 0 : 1) + Math.abs(p) * 0.999;
    }
    listener({ type: 'surface', run: s.run, size, values });
    if (watch) {
      const hist = (m: number, w: number): number[] => Array.from({ length: 18 }, (_, i) => Math.round(900 * Math.exp(-(((i - m + noise()) / w) ** 2))));
      const st = (m: number, w: number) => ({ count: 4000, l2: 1, rms: 10 ** (m - 12), mean: 0, std: 1, min: -1, max: 1, absMean: 1, zeroShare: 0.5, nanCount: 0, infCount: 0, histogram: hist(m, w) });
      listener({ type: 'detail', run: s.run, layer: watch, step: s.step, edges: Array.from({ length: 17 }, (_, i) => 10 ** (i - 12)), chi: s.factor ** 2, tensors: { h: st(9, 2), delta: st(6, 2), weight: st(11, 1.5), update: st(5, 2), z: st(9, 2) } });
    }
    if (s.step > 8) {
      const remedy: RemedyMessage = { id: 'critical_initialisation', name: 'critical initialisation', effect: '', document: JSON.parse(JSON.stringify(s.doc).replaceAll('"lecun_normal"', '"he_normal"').replace(/"he_normal","gain":1}}\]}/, '"lecun_normal","gain":1}}]}')) };
      const bn: RemedyMessage = { ...remedy, id: 'batch_norm' };
      listener({ type: 'findings', run: s.run, findings: ok ? [] : [
        { rule: 'vanishing', severity: 'severe', message: 'The gradient falls by 0.71 per layer.', evidence: { 'δ₁/δ_L': s.factor ** (L - 1), limit: 1e-6 }, remedies: [remedy, bn] },
        { rule: 'tiny', severity: 'warn', message: 'All layers.', evidence: { layers: L }, remedies: [remedy] },
        { rule: 'stuck', severity: 'warn', message: 'No progress.', evidence: { loss: 0.693 }, remedies: [remedy] } ] });
    }
    listener({ type: 'status', run: s.run, stepsPerSecond: 61, dispatches: 128, bytes: 3.1e6 });
  };
  const go = (on: boolean): void => { clearInterval(timer); if (on) timer = setInterval(() => advance(speed === 'slow' ? 1 : 8), 66) as unknown as number; };
  return {
    listen(l) { listener = l; setTimeout(() => l({ type: 'ready', adapter: 'formulas', fallback: true })); },
    close: () => clearInterval(timer),
    post(m) {
      if (m.type === 'start') {
        const s = guessSettings(m.document);
        const factor = s.scheme === 'he_normal' ? s.gain * 0.98 : Math.SQRT1_2 * s.gain;
        state = { run: m.run, step: 0, factor, depth: s.depth, doc: m.document };
        const n = 120, x = new Float32Array(2 * n), label = new Uint8Array(n);
        for (let i = 0; i < n; i++) { const k = i % 2, r = 0.08 + Math.random() * 0.86, a = r * 5.6 + (k ? -Math.PI / 2 : Math.PI / 2) + noise() * 0.2; x[2 * i] = r * Math.cos(a); x[2 * i + 1] = r * Math.sin(a); label[i] = k; }
        setTimeout(() => {
          listener({ type: 'started', run: m.run, layers: Array.from({ length: s.depth + 1 }, (_, i) => ({ name: `${i}.dense`, role: i < s.depth ? 'hidden' : 'output', activation: s.activation, fanIn: 48, width: 48, batchNorm: s.batchNorm, residual: false })), theory: { delta: Float32Array.from({ length: s.depth }, (_, l) => (s.depth - 1 - l) * Math.log10(factor)), factor, chi: new Float32Array(s.depth).fill(factor ** 2) }, points: { x, label, reach: 1.05 }, task: 'classification', classes: 2, features: 2, rows: 1000, chance: 0.693, parameters: 90000 });
          go(m.playing);
        }, 60);
      } else if (m.type === 'play') go(true);
      else if (m.type === 'pause') go(false);
      else if (m.type === 'step') { go(false); advance(1); }
      else if (m.type === 'speed') speed = m.speed;
      else if (m.type === 'watch') watch = m.layer;
    },
  };
}
