// Show code, for each preset: the PyTorch text runs as it stands, the Fathom text from the packed package, and their first losses are the page's.
// Runs in `npm run test:all`, where there is a python3 with torch.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExperimentDocument } from '../../demo/document.ts';
import { PRESETS } from '../../demo/presets.ts';
import { trainerOptions } from '../../src/experiment/build.ts';
import { loadData } from '../../src/experiment/data.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { ALL } from '../support/quick.ts';
import { Twin } from '../support/twin.ts';
import { installPacked } from './packed.ts';
import { click, engineDocument, type Fathom, openSite, type Site, trained } from './site.ts';

const PYTHON = '/usr/bin/python3';
function hasTorch(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import torch, numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const missing = !ALL ? 'in npm run test:all' : hasTorch() ? undefined : 'there is no python3 with torch';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };
const MAP = {
  imports: { 'fathom-webgpu': '/node_modules/fathom-webgpu/dist/index.js', 'fathom-webgpu/experiment': '/node_modules/fathom-webgpu/dist/experiment.js' },
};

describe.skipIf(missing)(`the code of each preset${missing ? ` (${missing})` : ''}`, () => {
  const app = mkdtempSync(join(tmpdir(), 'fathom-code-'));
  let site: Site;
  let server: Server;
  beforeAll(async () => {
    installPacked(app);
    site = await openSite();
    server = createServer((request, response) => {
      const path = new URL(request.url!, 'http://localhost').pathname;
      try {
        // The program asks for the files of its data beside itself.
        const bytes = readFileSync(path.startsWith('/digits-') ? join(import.meta.dirname, '../../demo/data', path) : join(app, path));
        response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
        response.end(bytes);
      } catch {
        response.statusCode = 404;
        response.end();
      }
    }).listen(0, '127.0.0.1');
  }, 400_000);
  afterAll(async () => {
    await site?.close();
    server?.close();
    rmSync(app, { recursive: true, force: true });
  });

  /** What the page shows and saves. */
  async function fromPage(hash: string): Promise<{ loss: number; document: ExperimentDocument; pytorch: string; fathom: string; start: Buffer }> {
    const page = await site.open(hash);
    await trained(page, 1);
    const loss = await page.evaluate(() => {
      const { session } = (globalThis as unknown as Fathom).fathom;
      session.pause();
      return session.run!.loss(0);
    });
    const document = await engineDocument(page);
    await click(page, '.tools [data-do=code]');
    await page.waitForSelector('#code pre span');
    const text = async (kind: string): Promise<string> => {
      await click(page, `#code [data-kind=${kind}]`);
      return page.$$eval('#code pre span', (lines) => `${lines.map((line) => line.textContent).join('\n')}\n`);
    };
    const fathom = await text('fathom');
    const pytorch = await text('pytorch');
    await page.evaluate(() => {
      URL.createObjectURL = (blob) => {
        const reader = new FileReader();
        reader.onload = () => Object.assign(globalThis, { kept: reader.result });
        reader.readAsDataURL(blob as Blob);
        return '#';
      };
    });
    await click(page, '#code [data-act=save-start]');
    await page.waitForFunction(() => (globalThis as unknown as { kept?: string }).kept !== undefined);
    const kept = await page.evaluate(() => (globalThis as unknown as { kept: string }).kept);
    await page.close();
    return { loss, document, pytorch, fathom, start: Buffer.from(kept.split(',')[1]!, 'base64') };
  }

  /** The losses that the PyTorch text prints, beside its start. */
  function inTorch(text: string): number[] {
    writeFileSync(join(app, 'program.py'), text);
    const printed = execFileSync(PYTHON, ['program.py'], { cwd: app, encoding: 'utf8' });
    return printed
      .trim()
      .split('\n')
      .map((line) => Number(line.split(' ')[1]));
  }

  /** The first loss of the PyTorch text, where it computes in 64 bits. */
  function inTorch64(text: string): number {
    const double = text
      .replace('import torch\n', 'import torch\ntorch.set_default_dtype(torch.float64)\n')
      .replace(/^rows, targets = .*$/m, '$&\nrows, targets = (each.double() if each.is_floating_point() else each for each in (rows, targets))');
    expect(double.length - text.length).toBeGreaterThan(120);
    return inTorch(double)[0]!;
  }

  /** The first loss of a document by the float64 reference. */
  async function inFloat64(document: ExperimentDocument): Promise<number> {
    const data = await loadData(parseExperiment(document), async (name) => readFileSync(join(import.meta.dirname, '../../demo/data', name), 'utf8'));
    // Penalties are no part of what either text prints.
    return new Twin({ ...trainerOptions(parseExperiment(document), data), probes: null }).run().loss;
  }

  /**
   * How far PyTorch's own first loss in 32 bits is from that in 64, as the root of the mean square, with the units of every layer in 32 other orders: the same
   * network, whose sums are rounded elsewhere.
   */
  function scatter(text: string): number {
    const batch = /rows\.split\((\d+)\)/.exec(text)![1]!;
    const program = `
import copy
rows, targets = rows[:${batch}], targets[:${batch}]
exact, off = F.cross_entropy(copy.deepcopy(model).double()(rows.double()), targets).item(), []
for seed in range(32):
    torch.manual_seed(seed)
    other = copy.deepcopy(model)
    layers = [module for module in other.modules() if isinstance(module, nn.Linear)]
    with torch.no_grad():
        for layer, after in zip(layers, layers[1:]):
            order = torch.randperm(layer.out_features)
            layer.weight.copy_(layer.weight[order])
            layer.bias.copy_(layer.bias[order])
            after.weight.copy_(after.weight[:, order])
    off.append(F.cross_entropy(other(rows), targets).item() - exact)
print("rms", np.sqrt(np.mean(np.square(off))))
`;
    return inTorch(`${text.slice(0, text.indexOf('optimizer = '))}${program}`)[0]!;
  }

  /** The first loss of the Fathom text, in a page of its own. */
  async function inPackage(text: string): Promise<number> {
    const short = text.replace('fit({ steps: 300,', 'fit({ steps: 1,');
    expect(short).not.toBe(text);
    writeFileSync(join(app, 'program.mjs'), `${short}\nglobalThis.first = history.steps.at(0).loss;\n`);
    writeFileSync(join(app, 'page.html'), `<script type="importmap">${JSON.stringify(MAP)}</script><script type="module" src="program.mjs"></script>`);
    const page = await site.browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/page.html`);
    await page.waitForFunction(() => (globalThis as unknown as { first?: number }).first !== undefined, { timeout: 120_000 });
    const first = await page.evaluate(() => (globalThis as unknown as { first: number }).first);
    await page.close();
    return first;
  }

  test.each([
    ...PRESETS.map(({ id }) => [id, `preset=${id}`]),
    ['batch norm, dropout, L2 and AdamW', 'depth=4&width=8&batchNorm=1&dropout=0&l2=0.01&optimizer=adamw&learningRate=0.01&scheme=orthogonal'],
    ['convolutions', 'data=digits&layer=conv2d&depth=2&width=4&activation=relu&scheme=he_normal&gain=1'],
    ['layers of their own', 'depth=20&gain=1&layers=1-6w8_relu.10w16'],
    ['layers of their own in blocks', 'depth=8&batchNorm=1&shortcuts=scaled&l2=0.01&layers=1-3w8_relu.5_gelu.6w16_leaky_relu'],
    ['a regression', 'data=sine&depth=2&width=8&gain=1'],
  ])('%s', async (id, hash) => {
    const { loss, document, pytorch, fathom, start } = await fromPage(hash);
    writeFileSync(join(app, 'start.npz'), start);
    const torch = inTorch(pytorch);
    const own = await inPackage(fathom);
    console.log(`${id}: page ${loss}, PyTorch ${torch[0]}, Fathom ${own}`);
    expect(own).toBe(loss);
    // The same network, rows and weights: what the two texts say, without the rounding of 32 bits.
    const [exact, reference] = [inTorch64(pytorch), await inFloat64(document)];
    expect(Math.abs(exact - reference)).toBeLessThan(1e-9 * Math.max(1, loss));
    // Weights that are too large make a network chaotic: PyTorch itself is 3.5e-4 from that, depending on the order of the units. Two that are each as far off are
    // apart by the root of 2 of it, and in 19 of 20 cases by less than twice that.
    expect(Math.abs(torch[0]! - loss)).toBeLessThan(id === 'too_large' ? 2 * Math.SQRT2 * scatter(pytorch) : 1e-4 * Math.max(1, loss));
    // It goes through the epoch, and all of it is numbers.
    expect(torch.length).toBeGreaterThan(5);
    expect(torch.every(Number.isFinite)).toBe(true);
  });
});
