// Names that come from files, through what the command line prints and writes: no terminal and no reader takes them for commands.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { diagnoseCommand } from '../../src/cli/diagnose_command.ts';
import { loadDocument } from '../../src/cli/documents.ts';
import { listText } from '../../src/cli/list_command.ts';
import { note } from '../../src/cli/print.ts';
import { progress } from '../../src/cli/progress.ts';
import { headerLine, stepLine } from '../../src/experiment/history_schema.ts';
import { toJson } from '../../src/experiment/json.ts';
import { markdownTable } from '../../src/experiment/markdown.ts';
import { history, layers } from '../support/synthetic_history.ts';

const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e<img src=x onerror=alert(1)>\r\u0000';
const where = { adapter: 'auto', runtime: 'auto' } as const;
const folder = mkdtempSync(join(tmpdir(), 'fathom-hostile-'));
let said = '';

beforeEach(() => {
  said = '';
  for (const name of ['log', 'error'] as const)
    vi.spyOn(console, name).mockImplementation((text) => {
      said += `${text}\n`;
    });
});
afterEach(() => vi.restoreAllMocks());

/** No command is in it, and the name is: its control characters as JSON writes them. */
function expectHarmless(text: string, name = '\\u001b[2J'): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(text).toContain(name);
}

/** A history whose layers have that name, with a gradient that vanishes. */
function hostileHistory(): string {
  const named = layers(8).map((layer, l) => ({ ...layer, name: `${HOSTILE}${l}`, activation: HOSTILE }));
  const { steps, ...rest } = history({ layers: named, steps: 60, loss: () => 2.3, tensors: { delta: (l) => ({ rms: 1e-9 * 10 ** l }) } });
  return [headerLine(rest), ...steps.map(stepLine)].join('\n');
}

it('a history of any layer names is printed and reported', async () => {
  const path = join(folder, 'hostile\u001b[2J.jsonl');
  writeFileSync(path, hostileHistory());
  for (const report of ['r.html', 'r.md'].map((name) => join(folder, name))) {
    said = '';
    expect(await diagnoseCommand(path, { ...where, report })).toBe(1);
    expectHarmless(said);
    expect(said).toContain('The gradient vanishes with depth');
    expectHarmless(readFileSync(report, 'utf8'), report.endsWith('.md') ? '\\\\u001b\\[2J' : undefined);
    expect(readFileSync(report, 'utf8')).not.toContain('<img');
  }
});

it('what is wrong in a document or its name is said', () => {
  const path = join(folder, 'document\u001b[2J.json');
  writeFileSync(path, toJson({ [HOSTILE]: 1 }));
  for (const work of [() => loadDocument(path), () => loadDocument(`${path}\u001b[2J`), () => listText(HOSTILE)]) {
    said = '';
    try {
      work();
    } catch (error) {
      note(String(error));
    }
    expectHarmless(said);
  }
});

it('progress and tables for files', () => {
  const shown = progress(HOSTILE);
  shown.start({ steps: 2 } as Parameters<typeof shown.start>[0]);
  shown.validation({ step: 1, epoch: 0, trainLoss: 1, validationLoss: 1, validationMetrics: { [HOSTILE]: 1 } });
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  shown.steps([{ step: 1, epoch: 0, loss: 1, regularizationLoss: 0, gradientNorm: 1, learningRate: 1 }]);
  shown.end();
  expectHarmless(said);
  expectHarmless(markdownTable([['name'], [HOSTILE]]), '\\\\u001b\\[2J');
});
