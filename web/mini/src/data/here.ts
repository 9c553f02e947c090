/** What a platform does its own way. `@here` is h5.ts or mp.ts, chosen by the build. */
import type { Bag, Cipher } from '@shared/offline/bag';
import type { Transport } from '@shared/client';

export interface Spot {
  lon: number;
  lat: number;
  /** Metres. */
  accuracy: number;
}
export interface Upload {
  url: string;
  headers: Record<string, string>;
  field: string;
  name: string;
  /** Base64 without a head. */
  data: string;
}
export interface Here {
  bag: Bag;
  cipher: () => Promise<Cipher>;
  transport: Transport;
  upload: (u: Upload) => Promise<{ status: number; text: string }>;
  random: (n: number) => Uint8Array;
  locate: () => Promise<Spot | null>;
  /** A picture scaled to at most `edge` pixels with `lines` burnt in at its foot: JPEG in base64. */
  stamp: (path: string, edge: number, lines: readonly string[]) => Promise<string>;
  /** Bytes of a picture without change, in base64. */
  read: (path: string) => Promise<string>;
  /** Something an image element can show. */
  show: (data: string, mime: string) => string;
  openMap: (spot: { lon: number; lat: number }, name: string) => void;
  online: () => boolean;
  onOnline: (back: () => void) => void;
  /** Before the page goes away. */
  onLeave: (save: () => void) => void;
  /** The mini-program's own login and its question for consent; none in a browser. */
  wechat?: { code: () => Promise<string>; ask: (template: string) => Promise<boolean> };
  /** Which platform this is. */
  kind: 'h5' | 'mp-weixin';
}
