// A small web server on 127.0.0.1 for the page in which the tool trains: the built modules, and the files that an experiment names.
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

export interface PageServer {
  /** http://127.0.0.1:port: a secure context, which WebGPU needs. */
  readonly origin: string;
  /** What `/files/name` answers with, by name. Nothing else of the machine can be read. */
  readonly files: Map<string, string | Uint8Array>;
  /** Who takes what is put to `/out/name?step=n`, by name. What it throws goes back to the page. */
  readonly takers: Map<string, (bytes: Uint8Array, step: number) => void>;
  close(): void;
}

const PAGE = '<!doctype html><meta charset="utf-8"><title>Fathom</title><link rel="icon" href="data:,"><script type="module" src="/cli/page.js"></script>';

/** Serves the modules below `modules` (the package's dist folder). */
export async function startServer(modules: string): Promise<PageServer> {
  const files: PageServer['files'] = new Map();
  const takers: PageServer['takers'] = new Map();
  const server: Server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const path = decodeURIComponent(url.pathname);
    const send = (status: number, type: string, body: string | Uint8Array): void => {
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body);
    };
    const take = request.method === 'PUT' ? takers.get(path.replace(/^\/out\//, '')) : undefined;
    if (take) {
      try {
        take(await bodyOf(request), Number(url.searchParams.get('step')));
        return send(200, 'text/plain', '');
      } catch (error) {
        return send(500, 'text/plain', (error as Error).message);
      }
    }
    if (path === '/') return send(200, 'text/html', PAGE);
    const file = path.startsWith('/files/') ? files.get(path.slice('/files/'.length)) : undefined;
    if (file !== undefined) return send(200, 'text/plain', file);
    if (path.endsWith('.js') && !path.includes('..')) {
      try {
        return send(200, 'text/javascript', await readFile(join(modules, normalize(path)), 'utf8'));
      } catch {
        // Not there: the answer below says so.
      }
    }
    send(404, 'text/plain', `${path} is not served here`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    takers,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
