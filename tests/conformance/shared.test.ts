// The shared conformance cases, where they are present beside the repository: every case that the engine claims passes.
import { expect, test } from 'vitest';
import { type Manifest, type Outcome, Tensors } from './format.ts';
import { runCase } from './page.ts';
import { counts } from './report.ts';
import { Stage } from './stage.ts';

const manifests = import.meta.glob<string>('../../../shared/conformance/**/*.json', { query: '?url', import: 'default', eager: true });
const binaries = import.meta.glob<string>('../../../shared/conformance/**/*.bin', { query: '?url', import: 'default', eager: true });

const found = Object.entries(manifests);
if (found.length === 0) test.skip('the shared conformance cases are not beside this repository', () => {});

test.each(found)('%s', { timeout: 180_000 }, async (path, url) => {
  const manifest = (await (await fetch(url)).json()) as Manifest;
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const tensors = new Tensors(await (await fetch(binaries[folder + manifest.bin]!)).arrayBuffer());
  const stage = await Stage.create();
  const outcomes: Outcome[] = [];
  for (const c of manifest.cases) outcomes.push(await runCase(stage, c, tensors));
  stage.destroy();
  expect(outcomes.filter((o) => o.status === 'failed').map((o) => `${o.id}: ${o.detail}`)).toEqual([]);
  expect(counts(outcomes).passed).toBeGreaterThan(0);
});
