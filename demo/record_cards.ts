// Writes demo/cards/<preset>.png: the picture that a link to a preset shows, drawn by the page from its own engine.
// node tests/support/run_ts.mjs demo/record_cards.ts [preset...]
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'vite';
import { launchChrome } from '../src/cli/chrome.ts';
import type { App } from './app.ts';
import { PRESETS } from './presets.ts';

const STEPS = 60;
const OUT = new URL('./cards/', import.meta.url);

await mkdir(OUT, { recursive: true });
const server = await createServer({ mode: 'demo', logLevel: 'error', server: { port: 0, host: '127.0.0.1' } });
await server.listen();
const browser = await launchChrome();
const page = await browser.newPage();
page.setDefaultTimeout(400_000);
await page.setViewport({ width: 1440, height: 900 });
const only = process.argv.slice(2);
for (const { id } of PRESETS) {
  const name = id.replaceAll('_', '-');
  if (only.length && !only.includes(name)) continue;
  await page.goto('about:blank');
  await page.goto(`${server.resolvedUrls!.local[0]}#preset=${name}&speed=max&theme=light&language=en`);
  await page.waitForFunction(
    (steps) => {
      const { run } = (globalThis as unknown as { fathom?: App }).fathom?.session ?? {};
      return run && (run.step >= steps || run.ended);
    },
    {},
    STEPS,
  );
  // Headline and findings follow the steps.
  await page.evaluate(() => (globalThis as unknown as { fathom: App }).fathom.session.pause());
  await new Promise((resolve) => setTimeout(resolve, 3000));
  // In the browser's own words: what runs this program would change the imports. Where the page will lie is not known here; what shows the picture says it.
  const bytes = (await page.evaluate(`(async () => {
    const [{ cardOf, cardPng }, { SHARE_WORDS }] = await Promise.all([import('/share/card_of.ts'), import('/share/text.ts')]);
    const png = await cardPng({ ...cardOf(fathom, SHARE_WORDS.en), address: '' });
    return Array.from(new Uint8Array(await png.arrayBuffer()));
  })()`)) as number[];
  await writeFile(new URL(`${name}.png`, OUT), Uint8Array.from(bytes));
  console.log(name, bytes.length);
}
await browser.close();
process.exit(0);
