/* The page of the telephone opens without signal: its files are kept here, whole and of one version. Answers of the API are never kept. */
const version = '__VERSION__';
const files = __FILES__;
self.addEventListener('install', (e) => {
  e.waitUntil(caches.open(version).then((c) => c.addAll(['/m/', ...files])).then(() => self.skipWaiting()));
});
self.addEventListener('activate', (e) => {
  e.waitUntil(caches.keys().then((names) => Promise.all(names.filter((n) => n !== version).map((n) => caches.delete(n)))).then(() => self.clients.claim()));
});
self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== 'GET' || url.origin !== location.origin || !url.pathname.startsWith('/m/')) return;
  const page = e.request.mode === 'navigate';
  e.respondWith(
    caches.open(version).then(async (c) => {
      const kept = await c.match(page ? '/m/' : e.request);
      if (!page) return kept ?? fetch(e.request);
      // a new version is fetched while there is signal; without it the kept page opens
      return fetch(e.request).catch(() => kept ?? Response.error());
    }),
  );
});
