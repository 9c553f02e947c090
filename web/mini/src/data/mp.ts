/** The mini-program: files of the user folder, AES-GCM of a library, wx.request. */
import { gcm } from '@noble/ciphers/aes';
import type { Cipher } from '@shared/offline/bag';
import { filesBag } from './files-bag';
import type { Here, Spot } from './here';

const fs = (): UniApp.FileSystemManager => uni.getFileSystemManager();
const root = (): string => `${wx.env.USER_DATA_PATH}/ganong`;
let made = false;
function folder(): string {
  if (!made) {
    try {
      fs().accessSync(root());
    } catch {
      fs().mkdirSync(root(), true);
    }
    made = true;
  }
  return root();
}

/** The mini-program's own generator fills this pool; numbers are drawn from it without waiting. */
let pool = new Uint8Array(0);
async function fill(): Promise<void> {
  const more = await new Promise<ArrayBuffer>((ok, no) => wx.getRandomValues({ length: 4096, success: (r: { randomValues: ArrayBuffer }) => ok(r.randomValues), fail: no }));
  pool = new Uint8Array(more);
}
function random(n: number): Uint8Array {
  if (pool.length < n) throw new Error('随机数尚未就绪，请稍后重试。');
  const out = pool.slice(0, n);
  pool = pool.slice(n);
  if (pool.length < 1024) void fill();
  return out;
}

/** The key is kept by the platform's own encrypted storage. */
async function makeCipher(): Promise<Cipher> {
  if (pool.length < 64) await fill();
  const kept = await new Promise<string | null>((ok) =>
    wx.getStorage({ key: 'k', encrypt: true, success: (r: { data: string }) => ok(r.data), fail: () => ok(null) }));
  const key = kept ? new Uint8Array(uni.base64ToArrayBuffer(kept)) : random(32);
  if (!kept) {
    await new Promise<void>((ok, no) =>
      wx.setStorage({ key: 'k', data: uni.arrayBufferToBase64(key.slice().buffer), encrypt: true, success: () => ok(), fail: no }));
  }
  return {
    seal: async (plain) => {
      const iv = random(12);
      const body = gcm(key, iv).encrypt(utf8(plain));
      const all = new Uint8Array(12 + body.length);
      all.set(iv);
      all.set(body, 12);
      return uni.arrayBufferToBase64(all.buffer);
    },
    open: async (sealed) => {
      const all = new Uint8Array(uni.base64ToArrayBuffer(sealed));
      return text(gcm(key, all.slice(0, 12)).decrypt(all.slice(12)));
    },
  };
}
let ready: Promise<Cipher> | undefined;

/** A mini-program has neither TextEncoder nor TextDecoder. */
export function utf8(s: string): Uint8Array {
  const escaped = encodeURIComponent(s);
  const out: number[] = [];
  for (let i = 0; i < escaped.length; i += 1) {
    if (escaped[i] === '%') {
      out.push(parseInt(escaped.slice(i + 1, i + 3), 16));
      i += 2;
    } else out.push(escaped.charCodeAt(i));
  }
  return Uint8Array.from(out);
}
export function text(b: Uint8Array): string {
  let out = '';
  for (let i = 0; i < b.length; i += 2048) {
    for (const x of b.subarray(i, i + 2048)) out += `%${x.toString(16).padStart(2, '0')}`;
  }
  return decodeURIComponent(out);
}

/** The session cookie: the platform keeps none by itself. */
let cookie = (uni.getStorageSync('c') as string) || '';
function remember(header: Record<string, unknown> | undefined): void {
  for (const [name, value] of Object.entries(header ?? {})) {
    if (name.toLowerCase() !== 'set-cookie') continue;
    const found = /ganong_session=[^;,]*/.exec(String(value));
    if (found) {
      cookie = found[0];
      uni.setStorageSync('c', cookie);
    }
  }
}
const server = (import.meta.env['VITE_GANONG_SERVER'] as string | undefined) ?? '';

export const here: Here = {
  kind: 'mp-weixin',
  bag: filesBag({
    list: () => fs().readdirSync(folder()) as string[],
    read: (n) => {
      try {
        return fs().readFileSync(`${folder()}/${n}`, 'utf8') as string;
      } catch {
        return null;
      }
    },
    write: (n, t) => fs().writeFileSync(`${folder()}/${n}`, t, 'utf8'),
    rename: (a, b) => fs().renameSync(`${folder()}/${a}`, `${folder()}/${b}`),
    remove: (n) => {
      try {
        fs().unlinkSync(`${folder()}/${n}`);
      } catch {
        // it was not there
      }
    },
  }),
  cipher: () => (ready ??= makeCipher()),
  transport: (url, init) =>
    new Promise((ok, no) => {
      uni.request({
        url: server + url,
        method: init.method as 'GET',
        header: { ...init.headers, ...(cookie ? { Cookie: cookie } : {}) },
        ...(typeof init.body === 'string' ? { data: init.body } : {}),
        dataType: 'text',
        timeout: 30_000,
        success: (r) => {
          remember(r.header as Record<string, unknown>);
          const body = typeof r.data === 'string' ? r.data : JSON.stringify(r.data ?? '');
          ok({ status: r.statusCode, text: async () => body });
        },
        fail: () => no(new Error('offline')),
      });
    }),
  upload: (u) =>
    new Promise((ok, no) => {
      const path = `${folder()}/upload-${u.name}`;
      fs().writeFileSync(path, u.data, 'base64');
      uni.uploadFile({
        url: server + u.url,
        filePath: path,
        name: 'file',
        formData: { field: u.field },
        header: { ...u.headers, ...(cookie ? { Cookie: cookie } : {}) },
        success: (r) => ok({ status: r.statusCode, text: r.data }),
        fail: () => no(new Error('offline')),
        complete: () => fs().unlink({ filePath: path }),
      });
    }),
  random,
  wechat: {
    code: () =>
      new Promise((ok, no) => uni.login({ provider: 'weixin', success: (r) => ok(r.code), fail: () => no(new Error('微信没有给出登录凭证，请稍后重试，或用账号登录。')) })),
    ask: (template) =>
      new Promise((ok, no) =>
        wx.requestSubscribeMessage({ tmplIds: [template], success: (r) => ok(r[template] === 'accept'), fail: () => no(new Error('没有打开订阅窗口，请检查微信的消息设置。')) })),
  },
  locate: () =>
    new Promise<Spot | null>((ok) =>
      uni.getLocation({ type: 'wgs84', isHighAccuracy: true, success: (p) => ok({ lon: p.longitude, lat: p.latitude, accuracy: p.accuracy }), fail: () => ok(null) })),
  stamp: (path, edge, lines) =>
    new Promise((ok, no) => {
      uni.getImageInfo({
        src: path,
        fail: no,
        success: (info) => {
          const scale = Math.min(1, edge / Math.max(info.width, info.height));
          const [w, h] = [Math.round(info.width * scale), Math.round(info.height * scale)];
          const canvas = wx.createOffscreenCanvas({ type: '2d', width: w, height: h });
          const c = canvas.getContext('2d');
          const image = canvas.createImage();
          image.onerror = no;
          image.onload = () => {
            c.drawImage(image, 0, 0, w, h);
            const size = Math.max(14, Math.round(w / 32));
            const step = Math.round(size * 1.35);
            const tall = lines.length * step + size;
            if (lines.length) {
              c.fillStyle = 'rgba(0,0,0,0.55)';
              c.fillRect(0, h - tall, w, tall);
              c.fillStyle = '#ffffff';
              c.font = `${size}px sans-serif`;
              c.textBaseline = 'top';
              lines.forEach((l, i) => c.fillText(l, size / 2, h - tall + size / 2 + i * step));
            }
            const data: string = canvas.toDataURL('image/jpeg', 0.82);
            ok(data.slice(data.indexOf(',') + 1));
          };
          image.src = path;
        },
      });
    }),
  read: (path) => new Promise((ok, no) => (path.startsWith('data:') ? ok(path.slice(path.indexOf(',') + 1)) : fs().readFile({ filePath: path, encoding: 'base64', success: (r) => ok(r.data as string), fail: no }))),
  show: (data, mime) => `data:${mime};base64,${data}`,
  openMap: (s, name) => void uni.openLocation({ longitude: s.lon, latitude: s.lat, name }),
  online: () => linked,
  onOnline: (back) => {
    uni.onNetworkStatusChange((r) => {
      linked = r.isConnected;
      if (linked) back();
    });
    uni.getNetworkType({ success: (r) => void (linked = r.networkType !== 'none') });
  },
  onLeave: (save) => uni.onAppHide(save),
};
let linked = true;
