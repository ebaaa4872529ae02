// Keeps the page's files, so that it works without a network after the first load. The build fills in what they are.
const FILES = [
  /* files */
];
const CACHE = 'fathom-/* version */';

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      // Names in assets carry a hash of what is in the file. Of all others the browser may hold an older one, of a page that asks for files that are gone.
      .then((cache) => cache.addAll(FILES.map((name) => (name.startsWith('assets/') ? name : new Request(name, { cache: 'no-cache' })))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith('fathom-') && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// A file in assets is never old. The page itself is asked for first, and so are those of presets.
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  const kept = () => caches.match(request, { ignoreSearch: true });
  event.respondWith(
    request.mode === 'navigate' ? fetch(request).catch(async () => (await kept()) ?? caches.match('./')) : kept().then((found) => found ?? fetch(request)),
  );
});
