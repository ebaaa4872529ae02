// Writes demo/recorded/runs.json: the first screen and its fixed twin on the engine, for browsers without WebGPU.
// node tests/support/run_ts.mjs demo/record.ts

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { rounded } from '../src/format.ts';
import { provideGpu } from '../tests/support/gpu_node.ts';
import { documentOf } from './document.ts';
import { Laboratory } from './engine/laboratory.ts';
import { presetOf } from './presets.ts';
import { FIELDS, type FindingMessage, type FromWorker, type StartedMessage } from './protocol.ts';
import { CERTAINTY, LOG, type Recording, TABLES, ZERO } from './recorded.ts';
import { rowsOf } from './rows.ts';
import { DEFAULTS, type Settings } from './settings.ts';

const STEPS = 240;
const OUT = new URL('./recorded/', import.meta.url);

/** Plays one run and packs what it says. */
async function record(settings: Settings): Promise<Recording> {
  const messages: FromWorker[] = [];
  let steps = 0;
  await new Promise<void>((resolve, reject) => {
    const laboratory = new Laboratory(
      (message) => {
        messages.push(structuredClone(message));
        if (message.type === 'steps') steps = message.first + message.loss.length - 1;
        if (message.type === 'failed' || message.type === 'no_gpu') reject(new Error(message.message));
        if (steps >= STEPS && message.type === 'surface') {
          laboratory.receive({ type: 'pause' });
          resolve();
        }
      },
      (name) => readFile(new URL(`./data/${name}`, import.meta.url), 'utf8'),
    );
    void laboratory.open();
    laboratory.receive({ type: 'speed', speed: 'fast' });
    laboratory.receive({ type: 'start', run: 1, document: documentOf(settings), playing: true });
  });
  return pack(settings, messages);
}

function pack(settings: Settings, messages: FromWorker[]): Recording {
  const started = messages.find((message) => message.type === 'started') as StartedMessage;
  const hidden = rowsOf(started).length;
  const layers: number[] = [];
  const loss: number[] = [];
  const out: Pick<Recording, 'validations' | 'surfaces' | 'findings'> = { validations: [], surfaces: [], findings: [] };
  let at = 0;
  for (const message of messages) {
    if (message.type === 'steps') {
      message.layers.forEach((value, i) =>
        layers.push(i % FIELDS.length < 2 ? (value > 0 ? Math.round(Math.log10(value) * LOG) : ZERO) : Math.round(value * LOG)),
      );
      loss.push(...Array.from(message.loss, (value) => rounded(value, 4)));
      at = loss.length;
    } else if (message.type === 'validation') out.validations.push(message.record);
    else if (message.type === 'surface')
      out.surfaces.push({
        step: Math.max(1, at),
        size: message.size,
        values: base64(Uint8Array.from(message.values, (value) => Math.round(value * CERTAINTY))),
      });
    else if (message.type === 'findings' && at > 0) out.findings.push({ step: at, findings: message.findings.map(lean) });
  }
  const steps = Math.min(STEPS, loss.length);
  const { theory, points, hand } = started;
  const numbers = Int16Array.from(layers.slice(0, steps * hidden * FIELDS.length));
  return {
    scheme: settings.scheme,
    gain: settings.gain,
    started: {
      ...started,
      hand: hand ? ({ ...hand, ...Object.fromEntries(TABLES.map((name) => [name, round(hand[name])])) } as unknown as Recording['started']['hand']) : null,
      theory: theory && { ...theory, delta: round(theory.delta), chi: round(theory.chi) },
      points: points && { ...points, x: round(points.x), label: [...points.label] },
    },
    steps,
    loss: loss.slice(0, steps),
    layers: base64(new Uint8Array(numbers.buffer)),
    validations: out.validations,
    surfaces: thin(out.surfaces, 16),
    findings: thin(out.findings, 8),
  };
}

/** A finding with its first remedy only: the twin of the recording is that remedy's run. */
function lean(finding: FindingMessage): FindingMessage {
  return { ...finding, remedies: finding.remedies.slice(0, 1).map(({ document: { probes: _probes, ...document }, ...remedy }) => ({ ...remedy, document })) };
}

const round = (values: Float32Array): number[] => Array.from(values, (value) => rounded(value, 4));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const thin = <T>(list: T[], max: number): T[] => list.filter((_, i) => i === list.length - 1 || i % Math.max(1, Math.ceil(list.length / max)) === 0);

await provideGpu();
// The first screen, and the same at the gain that its depth needs.
const runs = [await record(DEFAULTS), await record(presetOf('just-right')!)];
await mkdir(OUT, { recursive: true });
await writeFile(new URL('runs.json', OUT), `${JSON.stringify(runs)}\n`);
process.exit(0);
