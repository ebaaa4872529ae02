// The shared conformance cases, where they are present beside the repository: every case that the engine claims passes.
import { expect, test } from 'vitest';
import { ALL } from '../support/quick.ts';
import { type Case, type Manifest, type Outcome, type TensorRef, Tensors } from './format.ts';
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

const runs = found.find(([path]) => path.endsWith('torch_train.json'));
test.skipIf(!runs || !ALL)('a diagnosis takes images, as the first step of a run of them', async () => {
  const manifest = (await (await fetch(runs![1])).json()) as Manifest;
  const bytes = await (await fetch(Object.entries(binaries).find(([path]) => path.endsWith('torch_train.bin'))![1])).arrayBuffer();
  const run = manifest.cases.find(({ x }) => x?.shape.length === 5)!;
  const first = (ref: TensorRef): TensorRef => ({ ...ref, shape: ref.shape.slice(1), n: ref.n / ref.shape[0]! });
  const gradNorm = [...new Tensors(bytes).f32(first(run.expected.gradNorm))];
  const gradNormTol = { rtol: 1e-5, atol: gradNorm.map(() => 1e-7) };
  const c: Case = { ...run, op: 'diagnose', x: first(run.x), target: first(run.target), gradNorm, gradNormTol, label: null };
  const stage = await Stage.create();
  expect(await runCase(stage, c, new Tensors(bytes))).toMatchObject({ status: 'passed' });
  stage.destroy();
});
