// A small web server on 127.0.0.1 for the page in which the tool trains: the built modules, and the files that an experiment names. Any program of
// the machine, and any page in the user's browser, can reach it; so everything lies under a secret that only our page is told.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface PageServer {
  /** http://127.0.0.1:port/secret/, the page: a secure context, which WebGPU needs. Everything else is relative to it. */
  readonly address: string;
  /** What `files/name` answers with, by name. Nothing else of the machine can be read. */
  readonly files: Map<string, string | Uint8Array>;
  /** Handlers of PUT requests to `out/name?step=n`, by name. The page gets what they throw. */
  readonly uploads: Map<string, (bytes: Uint8Array, step: number) => void>;
  close(): void;
}

const PAGE = '<!doctype html><meta charset="utf-8"><title>Fathom</title><link rel="icon" href="data:,"><script type="module" src="cli/page.js"></script>';

/** The most bytes that an output file may have. A page cannot hold more in one array. */
const MOST_BYTES = 2 ** 32;

/** A module below the package's folder: plain names alone, so that no address leads out of it, however it is encoded. */
const MODULE = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.js$/;

/** An answer other than 200. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Serves the modules below `modules` (the package's dist folder). */
export async function startServer(modules: string): Promise<PageServer> {
  const secret = randomBytes(24).toString('base64url');
  const files: PageServer['files'] = new Map();
  const uploads: PageServer['uploads'] = new Map();
  let hosts: string[] = [];

  /** The answer's type and body. Throws a Refusal, or anything. */
  const answer = async (request: IncomingMessage): Promise<[type: string, body: string | Uint8Array]> => {
    const { host, origin } = request.headers;
    // Of several Node tells the first, and who stands between may have read another.
    if ((request.headersDistinct.host?.length ?? 0) > 1) throw new Refusal(400, 'expected one Host');
    // A page elsewhere whose name leads to 127.0.0.1 is still called by that name.
    if (host === undefined || !hosts.includes(host)) throw new Refusal(403, 'this server answers to 127.0.0.1 alone');
    if (origin !== undefined && origin !== `http://${host}`) throw new Refusal(403, 'this server answers to its own page alone');
    const { given, path, query } = addressOf(request.url ?? '');
    if (given !== secret) throw new Refusal(403, 'this server answers to its own page alone');
    const [folder, name] = /^(files|out)\/(.*)$/s.exec(path)?.slice(1) ?? [];
    if (folder === 'out') {
      if (request.method !== 'PUT') throw new Refusal(405, `out/ takes PUT, not ${request.method}`);
      const take = uploads.get(name!);
      if (!take) throw new Refusal(404, `no handler for out/${name}`);
      const step = stepOf(query);
      take(await bodyOf(request), step);
      return ['text/plain', ''];
    }
    if (request.method !== 'GET') throw new Refusal(405, `expected GET, got ${request.method}`);
    if (path === '') return ['text/html', PAGE];
    const file = folder === 'files' ? files.get(name!) : undefined;
    if (file !== undefined) return ['text/plain', file];
    const missing = new Refusal(404, `${path} is not served here`);
    if (!MODULE.test(path)) throw missing;
    const text = await readFile(join(modules, path), 'utf8').catch(() => {
      throw missing;
    });
    return ['text/javascript', text];
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let [status, type, body]: [number, string, string | Uint8Array] = [200, 'text/plain', ''];
    try {
      [type, body] = await answer(request);
    } catch (error) {
      status = error instanceof Refusal ? error.status : 500;
      body = error instanceof Error ? error.message : String(error);
    }
    response.writeHead(status, {
      'content-type': `${type}; charset=utf-8`,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      // What a refused request still sends is not waited for.
      ...(status === 200 ? {} : { connection: 'close' }),
    });
    response.end(body);
  };

  const server: Server = createServer((request, response) => {
    // A client that disconnects in the middle must not fail the run.
    request.on('error', () => {});
    response.on('error', () => {});
    respond(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return {
    address: `http://127.0.0.1:${port}/${secret}/`,
    files,
    uploads,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The parts of /secret/path?query, decoded. Throws a Refusal where it has another form. */
function addressOf(address: string): { given: string; path: string; query: string } {
  const parts = /^\/([^/?]+)\/([^?]*)(?:\?(.*))?$/s.exec(address);
  try {
    if (parts) return { given: parts[1]!, path: decodeURIComponent(parts[2]!), query: parts[3] ?? '' };
  } catch {
    // A malformed percent escape.
  }
  throw new Refusal(400, 'expected an address of the form /secret/path');
}

/** The step in ?step=n. */
function stepOf(query: string): number {
  const step = Number(/^step=(\d+)$/.exec(query)?.[1]);
  if (!Number.isSafeInteger(step)) throw new Refusal(400, `expected ?step= and an integer of at least 0, got ${JSON.stringify(query)}`);
  return step;
}

/** What a request brings. It has to say how much that is; Node takes no more than that from it. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const size = request.headers['content-length'];
  if (size === undefined) throw new Refusal(411, 'expected a Content-Length');
  if (!(Number(size) <= MOST_BYTES)) throw new Refusal(413, `expected at most ${MOST_BYTES} bytes, got ${size}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
