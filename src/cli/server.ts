// A small web server on 127.0.0.1 for the page in which the tool trains: the built modules, and the files that an experiment names.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

export interface PageServer {
  /** http://127.0.0.1:port: a secure context, which WebGPU needs. */
  readonly origin: string;
  /** What `/files/name` answers with, by name. Nothing else of the machine can be read. */
  readonly files: Map<string, string>;
  close(): void;
}

const PAGE = '<!doctype html><meta charset="utf-8"><title>Fathom</title><link rel="icon" href="data:,"><script type="module" src="/cli/page.js"></script>';

/** Serves the modules below `modules` (the package's dist folder). */
export async function startServer(modules: string): Promise<PageServer> {
  const files = new Map<string, string>();
  const server: Server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://127.0.0.1').pathname);
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body);
    };
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
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
