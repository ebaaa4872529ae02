// node tests/support/run_ts.mjs tests/support/by_webdriver.ts safari safaridriver --port: the built page in a browser that only WebDriver drives. It waits until
// the network has taken three steps and prints what the page says of its adapter.
import { spawn } from 'node:child_process';
import { preview } from 'vite';

const [browserName, driver, ...flags] = process.argv.slice(2);
if (!browserName || !driver) throw new Error('expected the name of a browser and the command of its driver, with the flag that a port follows');
const PORT = 4567;
const MINUTES = 5;
const flag = flags.at(-1) ?? '--port';
const child = spawn(driver, flag.endsWith('=') ? [...flags.slice(0, -1), `${flag}${PORT}`] : [...flags, String(PORT)], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
const server = await preview({ mode: 'demo', logLevel: 'error', preview: { port: 0, host: 'localhost' } });

async function ask<Value>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Value> {
  const response = await fetch(`http://localhost:${PORT}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const { value } = (await response.json()) as { value: Value & { message?: string } };
  if (!response.ok) throw new Error(`${method} ${path}: ${value.message}`);
  return value;
}
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));

let session = '';
try {
  for (let tries = 0; ; tries++)
    try {
      await ask('GET', '/status');
      break;
    } catch (error) {
      if (tries > 40) throw error;
      await pause();
    }
  const options =
    browserName === 'chrome'
      ? { 'goog:chromeOptions': { args: ['--headless=new', '--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] } }
      : {};
  const { sessionId } = await ask<{ sessionId: string }>('POST', '/session', { capabilities: { alwaysMatch: { browserName, ...options } } });
  session = `/session/${sessionId}`;
  await ask('POST', `${session}/url`, { url: server.resolvedUrls!.local[0]! });
  const script = "return { step: globalThis.fathom?.session.run?.step ?? 0, adapter: document.querySelector('#adapter')?.textContent };";
  let said = { step: 0, adapter: '' };
  for (const end = Date.now() + MINUTES * 60_000; said.step < 3; ) {
    if (Date.now() > end) throw new Error(`no third step in ${MINUTES} minutes: ${JSON.stringify(said)}`);
    await pause();
    said = await ask('POST', `${session}/execute/sync`, { script, args: [] });
  }
  console.log(`${browserName}: step ${said.step}, ${said.adapter}`);
} finally {
  if (session) await ask('DELETE', session).catch(() => undefined);
  child.kill();
  await server.close();
}
process.exit(0);
