// The local server of the command line tool, as a stranger on the same machine meets it: bytes over a socket, however odd.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PageServer, startServer } from '../../src/cli/server.ts';

let server: PageServer;
let port: number;
/** /secret */
let secret: string;
let taken: [name: string, size: number, step: number][] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fathom-server-'));
  mkdirSync(join(folder, 'dist/cli'), { recursive: true });
  writeFileSync(join(folder, 'dist/cli/page.js'), 'export {};');
  writeFileSync(join(folder, 'dist/schema.json'), '{}');
  writeFileSync(join(folder, 'outside.js'), 'not for you');
  server = await startServer(join(folder, 'dist'));
  server.files.set('rows', 'width\n1\n').set('é b.csv', 'named');
  server.uploads.set('model', (bytes, step) => taken.push(['model', bytes.length, step]));
  server.uploads.set('broken', () => {
    throw new Error('the disk is full');
  });
  const { port: p, pathname } = new URL(server.address);
  port = Number(p);
  secret = pathname.slice(0, -1);
});

beforeEach(() => {
  taken = [];
});

afterAll(() => server.close());

/** Sends a request as it stands; the answer's status and body. */
function raw(request: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(5000, () => socket.destroy(new Error(`no answer to ${JSON.stringify(request.slice(0, 100))}`)));
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', (error) => text === '' && reject(error));
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1]), body: text.slice(text.indexOf('\r\n\r\n') + 4) }));
  });
}

const ask = (line: string, headers: Record<string, string> = {}, body = ''): ReturnType<typeof raw> =>
  raw(
    `${line} HTTP/1.1\r\n${Object.entries({ Host: `127.0.0.1:${port}`, Connection: 'close', ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n${body}`,
  );

describe('the server of the command line tool', () => {
  it('serves its page, the modules and the named files under the secret address', async () => {
    expect(await ask(`GET ${secret}/`)).toMatchObject({ status: 200, body: expect.stringContaining('src="cli/page.js"') });
    expect(await ask(`GET ${secret}/cli/page.js`)).toEqual({ status: 200, body: 'export {};' });
    expect(await ask(`GET ${secret}/files/rows`, { Host: `localhost:${port}`, Origin: `http://localhost:${port}` })).toMatchObject({ status: 200 });
    expect(await ask(`GET ${secret}/files/%C3%A9%20b.csv`)).toEqual({ status: 200, body: 'named' });
    expect((await ask(`PUT ${secret}/out/model?step=12`, { 'Content-Length': '3' }, 'abc')).status).toBe(200);
    expect(taken).toEqual([['model', 3, 12]]);
  });

  it('has another secret in every run', async () => {
    const other = await startServer('.');
    other.close();
    expect(new URL(other.address).pathname).toMatch(/^\/[\w-]{32}\/$/);
    expect(new URL(other.address).pathname).not.toBe(`${secret}/`);
  });

  it.each([
    'GET /',
    'GET /cli/page.js',
    'GET /files/rows',
    'GET /files/',
    'PUT /out/model?step=1',
    'GET /0123456789abcdef0123456789abcdef/files/rows',
    'GET /files/files/rows',
    'OPTIONS *',
    'GET /..',
  ])('answers nothing to %s, without the secret', async (line) => {
    const { status, body } = await ask(line, { 'Content-Length': '1' }, 'x');
    expect([400, 403]).toContain(status);
    expect(body).not.toContain('width');
    expect(body).not.toContain(secret);
    expect(taken).toEqual([]);
  });

  it.each<Record<string, string>>([
    { Host: 'evil.example' },
    { Host: 'evil.example:80' },
    { Host: '127.0.0.1' },
    { Host: '127.0.0.1:1' },
    { Host: '127.0.0.1.evil.example' },
    { Host: '[::1]' },
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://127.0.0.1:1' },
  ])('refuses %o, even with the secret', async (headers) => {
    expect(await ask(`GET ${secret}/files/rows`, headers)).toMatchObject({ status: 403, body: expect.not.stringContaining('width') });
    expect((await ask(`PUT ${secret}/out/model?step=1`, { ...headers, 'Content-Length': '1' }, 'x')).status).toBe(403);
    expect(taken).toEqual([]);
  });

  it('refuses a request with two Hosts', async () => {
    for (const hosts of [
      [`127.0.0.1:${port}`, 'evil.example'],
      ['evil.example', `127.0.0.1:${port}`],
    ]) {
      const lines = hosts.map((host) => `Host: ${host}\r\n`).join('');
      expect((await raw(`GET ${secret}/files/rows HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`)).status).toBe(400);
    }
  });

  it('refuses a request without a Host', async () => {
    expect((await raw(`GET ${secret}/files/rows HTTP/1.1\r\nConnection: close\r\n\r\n`)).status).toBe(400);
    expect((await raw(`GET ${secret}/files/rows HTTP/1.0\r\n\r\n`)).status).toBe(403);
  });

  it.each([
    'GET /%ff',
    'GET //',
    'GET http://[',
    'GET http://[/',
    'GET http://127.0.0.1/',
    'GET ?',
    'GET /?',
    'GET %',
    'GET SECRET/%ff',
    'GET SECRET/files/%',
    'GET SECRET/files/%c3%28',
    'PUT SECRET/out/model',
    'PUT SECRET/out/model?step=',
    'PUT SECRET/out/model?step=-1',
    'PUT SECRET/out/model?step=1.5',
    'PUT SECRET/out/model?step=NaN',
    'PUT SECRET/out/model?step=1e3',
    'PUT SECRET/out/model?step=99999999999999999999',
    'PUT SECRET/out/model?step=1&step=2',
    'NONSENSE /',
    '\0\0\0',
  ])('answers %j with 400 and goes on', async (line) => {
    expect((await ask(line.replace('SECRET', secret), { 'Content-Length': '1' }, 'x')).status).toBe(400);
    expect(taken).toEqual([]);
    expect((await ask(`GET ${secret}/`)).status).toBe(200);
  });

  it.each([
    '/../outside.js',
    '/cli/../../outside.js',
    '/%2e%2e/outside.js',
    '/%2e%2e%2foutside.js',
    '/..%2foutside.js',
    '/..%5coutside.js',
    '/..\\outside.js',
    '/%252e%252e/outside.js',
    '//outside.js',
    '/%2foutside.js',
    '/C:/outside.js',
    '/cli/page.js%00',
    '/%00/page.js',
    '/schema.json',
    '/cli/nothing.js',
    '/cli',
    '/files/../rows',
    '/files/nothing',
    '/files/constructor',
    '/out/nobody',
  ])('finds nothing at %s', async (path) => {
    const { status, body } = await ask(`${path.startsWith('/out') ? 'PUT' : 'GET'} ${secret}${path}`, { 'Content-Length': '0' });
    expect(status).toBe(404);
    expect(body).not.toContain('not for you');
  });

  it.each(['POST', 'DELETE', 'PUT', 'OPTIONS', 'HEAD'])('refuses %s where it reads', async (method) => {
    expect((await ask(`${method} ${secret}/files/rows`)).status).toBe(405);
  });

  it.each([
    ['a tunnel', () => `CONNECT example.com:443 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`],
    ['another protocol', () => `GET ${secret}/files/rows HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
    ['a header without end', () => `GET ${secret}/ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX: ${'x'.repeat(100_000)}`],
    ['an expectation', () => `GET ${secret}/ HTTP/1.1\r\nHost: evil.example\r\nExpect: 200-ok\r\nConnection: close\r\n\r\n`],
    ['two lengths', () => `PUT ${secret}/out/model?step=1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nx`],
    [
      'a length and chunks',
      () => `PUT ${secret}/out/model?step=1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
  ])('outlives %s', async (_what, request) => {
    const { status, body } = await raw(request()).catch(() => ({ status: Number.NaN, body: '' }));
    // Refused, or hung up on.
    expect(Number.isNaN(status) || status >= 400).toBe(true);
    expect(body).not.toContain('width');
    expect(taken).toEqual([]);
    expect((await ask(`GET ${secret}/`)).status).toBe(200);
  });

  it('answers each of two requests in one piece by itself', async () => {
    const first = `GET ${secret}/files/rows HTTP/1.1\r\nHost: evil.example\r\n\r\n`;
    const second = `GET ${secret}/files/rows HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;
    // What comes behind a refused one is not read.
    expect(await raw(first + second)).toMatchObject({ status: 403, body: expect.not.stringContaining('width') });
    expect((await ask(`GET ${secret}/`)).status).toBe(200);
  });

  it('refuses what says no length or too much, before it comes', async () => {
    expect((await ask(`PUT ${secret}/out/model?step=1`, { 'Transfer-Encoding': 'chunked' })).status).toBe(411);
    expect((await ask(`PUT ${secret}/out/model?step=1`, { 'Content-Length': '99999999999' })).status).toBe(413);
    expect(taken).toEqual([]);
  });

  it('tells what the taker throws, and outlives who hangs up in the middle', async () => {
    expect(await ask(`PUT ${secret}/out/broken?step=1`, { 'Content-Length': '1' }, 'x')).toEqual({ status: 500, body: 'the disk is full' });
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`PUT ${secret}/out/model?step=1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1000\r\n\r\nhalf`, () => {
          socket.resetAndDestroy();
          resolve();
        });
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(taken).toEqual([]);
    expect((await ask(`GET ${secret}/`)).status).toBe(200);
  });
});
