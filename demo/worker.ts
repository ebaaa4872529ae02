// The worker: messages in, messages out; the work is the laboratory's.
import { Laboratory } from './engine/laboratory.ts';
import type { ToWorker } from './protocol.ts';

/** Data files that come with the page, by the name that documents use. Fetched when a run needs them. */
const FILES: Record<string, string> = {
  'digits-train.csv': new URL('./data/digits-train.csv', import.meta.url).href,
  'digits-test.csv': new URL('./data/digits-test.csv', import.meta.url).href,
};

async function read(name: string): Promise<string> {
  const url = FILES[name];
  if (!url) throw new Error(`The page has no file ${name}: put the rows into the document, or drop the CSV on the page.`);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The file ${name} could not be fetched (${response.status}).`);
  return response.text();
}

const laboratory = new Laboratory((message, transfer) => postMessage(message, { transfer: transfer ?? [] }), read);
addEventListener('message', (event: MessageEvent<ToWorker>) => laboratory.receive(event.data));
void laboratory.open();
