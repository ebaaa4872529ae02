// Keeps the page's files, so that it works without a network after the first load. The build fills in what they are.
const FILES = [
  /* files */
];
const CACHE = 'fathom-/* version */';

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES))
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

// Names of files carry a hash of what is in them, so a kept file is never old. The page itself is asked for first.
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  const kept = () => caches.match(request, { ignoreSearch: true });
  event.respondWith(request.mode === 'navigate' ? fetch(request).catch(() => caches.match('./')) : kept().then((found) => found ?? fetch(request)));
});
