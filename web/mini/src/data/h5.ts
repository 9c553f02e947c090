/** The browser: IndexedDB, WebCrypto, canvas, fetch. */
import { gcm } from '@noble/ciphers/aes';
import type { Change, Cipher } from '@shared/offline/bag';
import type { Here, Spot } from './here';

const NAME = 'ganong';
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((ok, no) => {
    const ask = indexedDB.open(NAME, 1);
    ask.onupgradeneeded = () => {
      ask.result.createObjectStore('texts');
      ask.result.createObjectStore('keys');
    };
    ask.onsuccess = () => ok(ask.result);
    ask.onerror = () => no(ask.error ?? new Error('indexedDB'));
  });
  return opened;
}
const answer = <T>(r: IDBRequest<T>): Promise<T> =>
  new Promise((ok, no) => {
    r.onsuccess = () => ok(r.result);
    r.onerror = () => no(r.error ?? new Error('indexedDB'));
  });
const store = async (name: 'texts' | 'keys', mode: IDBTransactionMode): Promise<IDBObjectStore> =>
  // strict: the write is on the disk before it is answered
  (await open()).transaction(name, mode, { durability: 'strict' }).objectStore(name);

async function write(changes: readonly Change[]): Promise<void> {
  const s = await store('texts', 'readwrite');
  const done = new Promise<void>((ok, no) => {
    s.transaction.oncomplete = () => ok();
    s.transaction.onabort = () => no(s.transaction.error ?? new Error('indexedDB'));
  });
  for (const c of changes) if (c.value === null) s.delete(c.key);
  else s.put(c.value, c.key);
  await done;
}

const random = (n: number): Uint8Array => crypto.getRandomValues(new Uint8Array(n));
const toBase64 = (b: Uint8Array): string => {
  let s = '';
  for (let i = 0; i < b.length; i += 0x8000) s += String.fromCharCode(...b.subarray(i, i + 0x8000));
  return btoa(s);
};
const fromBase64 = (t: string): Uint8Array => Uint8Array.from(atob(t), (c) => c.charCodeAt(0));

/** AES-256-GCM. The key never leaves the browser's own store; over plain HTTP, where browsers offer no WebCrypto, a library does it. */
let ready: Promise<Cipher> | undefined;
async function makeCipher(): Promise<Cipher> {
  const kept: unknown = await answer((await store('keys', 'readonly')).get('main'));
  if (globalThis.crypto.subtle) {
    let key = kept instanceof CryptoKey ? kept : undefined;
    if (!key) {
      const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
      // two pages opened at once: the first key stays
      const s = await store('keys', 'readwrite');
      const other: unknown = await answer(s.get('main'));
      key = other instanceof CryptoKey ? other : made;
      if (key === made) await answer(s.put(made, 'main'));
    }
    const k = key;
    return {
      seal: async (plain) => {
        const iv = random(12);
        const body = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: iv as BufferSource }, k, new TextEncoder().encode(plain)));
        const all = new Uint8Array(12 + body.length);
        all.set(iv);
        all.set(body, 12);
        return toBase64(all);
      },
      open: async (sealed) => {
        const all = fromBase64(sealed);
        const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: all.slice(0, 12) }, k, all.slice(12));
        return new TextDecoder().decode(plain);
      },
    };
  }
  const bytes = kept instanceof Uint8Array ? kept : random(32);
  if (bytes !== kept) await answer((await store('keys', 'readwrite')).put(bytes, 'main'));
  return {
    seal: async (plain) => {
      const iv = random(12);
      const body = gcm(bytes, iv).encrypt(new TextEncoder().encode(plain));
      const all = new Uint8Array(12 + body.length);
      all.set(iv);
      all.set(body, 12);
      return toBase64(all);
    },
    open: async (sealed) => {
      const all = fromBase64(sealed);
      return new TextDecoder().decode(gcm(bytes, all.slice(0, 12)).decrypt(all.slice(12)));
    },
  };
}

function picture(path: string): Promise<HTMLImageElement> {
  return new Promise((ok, no) => {
    const i = new Image();
    i.onload = () => ok(i);
    i.onerror = () => no(new Error('这张照片打不开，请重新拍照。'));
    i.src = path;
  });
}

export const here: Here = {
  kind: 'h5',
  bag: {
    get: async (key) => {
      const v: unknown = await answer((await store('texts', 'readonly')).get(key));
      return typeof v === 'string' ? v : null;
    },
    keys: async (prefix) => (await answer((await store('texts', 'readonly')).getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`)))).map(String),
    write,
  },
  cipher: () => (ready ??= makeCipher()),
  transport: (url, init) => fetch(url, { ...init, credentials: 'same-origin', cache: 'no-store' }),
  upload: async (u) => {
    const f = new FormData();
    f.append('field', u.field);
    f.append('file', new Blob([fromBase64(u.data) as BlobPart]), u.name);
    const r = await fetch(u.url, { method: 'POST', headers: u.headers, body: f, credentials: 'same-origin' });
    return { status: r.status, text: await r.text() };
  },
  random,
  locate: () =>
    new Promise<Spot | null>((ok) => {
      if (!('geolocation' in navigator)) return ok(null);
      navigator.geolocation.getCurrentPosition(
        (p) => ok({ lon: p.coords.longitude, lat: p.coords.latitude, accuracy: p.coords.accuracy }),
        () => ok(null),
        { enableHighAccuracy: true, timeout: 8000, maximumAge: 30_000 },
      );
    }),
  stamp: async (path, edge, lines) => {
    const image = await picture(path);
    const scale = Math.min(1, edge / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    const c = canvas.getContext('2d');
    if (!c) throw new Error('浏览器不能处理照片，请换用新版浏览器。');
    c.drawImage(image, 0, 0, canvas.width, canvas.height);
    burn(c, canvas.width, canvas.height, lines);
    const data = canvas.toDataURL('image/jpeg', 0.82);
    return data.slice(data.indexOf(',') + 1);
  },
  read: async (path) => {
    if (path.startsWith('data:')) return path.slice(path.indexOf(',') + 1);
    return toBase64(new Uint8Array(await (await fetch(path)).arrayBuffer()));
  },
  show: (data, mime) => `data:${mime};base64,${data}`,
  openMap: (s, name) => {
    location.href = `geo:${s.lat},${s.lon}?q=${s.lat},${s.lon}(${encodeURIComponent(name)})`;
  },
  online: () => navigator.onLine,
  onOnline: (back) => window.addEventListener('online', back),
  onLeave: (save) => {
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && save());
    window.addEventListener('pagehide', save);
  },
};

/** Time and place at the foot, dark under light text, so that both snow and night stay readable. */
export function burn(c: Pick<CanvasRenderingContext2D, 'fillRect' | 'fillText' | 'font' | 'fillStyle' | 'textBaseline'>, width: number, height: number, lines: readonly string[]): void {
  if (!lines.length) return;
  const size = Math.max(14, Math.round(width / 32));
  const pad = Math.round(size * 0.5);
  const tall = lines.length * Math.round(size * 1.35) + pad * 2;
  c.fillStyle = 'rgba(0,0,0,0.55)';
  c.fillRect(0, height - tall, width, tall);
  c.fillStyle = '#ffffff';
  c.font = `${size}px sans-serif`;
  c.textBaseline = 'top';
  lines.forEach((line, i) => c.fillText(line, pad, height - tall + pad + i * Math.round(size * 1.35)));
}
