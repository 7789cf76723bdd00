// The service worker of the page: keeps what the build made, and answers from it. The list and its name come from the build.

// Other pages of the same host have caches, too.
const ours = `zonesmith playground ${self.registration.scope} `;
const current = `${ours}${'VERSION'}`;
const files = ['FILES'];

self.addEventListener('install', event => {
  const fresh = files.map(file => new Request(file, { cache: 'no-cache' }));
  event.waitUntil(caches.open(current).then(cache => cache.addAll(fresh)));
});

// An older page that is still open keeps its own files: this one takes over when that is gone.
self.addEventListener('activate', event => {
  const old = caches.keys().then(names => names.filter(name => name.startsWith(ours) && name !== current));
  event.waitUntil(
    old.then(names => Promise.all(names.map(name => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', event => {
  const { request } = event;
  const url = new URL(request.url);
  // What a running daemon says is never kept.
  if (request.method !== 'GET' || url.origin !== location.origin || url.pathname.includes('/live/')) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(current);
  const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (kept) return kept;
  const reply = await fetch(request);
  if (reply.status === 200) await cache.put(request, reply.clone());
  return reply;
}
