/** The few functions of the mini-program's own object that uni-app does not wrap. */
interface WxCanvas {
  getContext: (kind: '2d') => { drawImage: (...a: unknown[]) => void; fillRect: (...a: number[]) => void; fillText: (t: string, x: number, y: number) => void; font: string; fillStyle: string; textBaseline: string };
  createImage: () => { src: string; onload: () => void; onerror: (e: unknown) => void };
  toDataURL: (type: string, quality: number) => string;
}
declare const wx: {
  env: { USER_DATA_PATH: string };
  getRandomValues: (o: { length: number; success: (r: { randomValues: ArrayBuffer }) => void; fail: (e: unknown) => void }) => void;
  getStorage: (o: { key: string; encrypt: boolean; success: (r: { data: string }) => void; fail: (e: unknown) => void }) => void;
  setStorage: (o: { key: string; data: string; encrypt: boolean; success: () => void; fail: (e: unknown) => void }) => void;
  requestSubscribeMessage: (o: { tmplIds: string[]; success: (r: Record<string, string>) => void; fail: (e: unknown) => void }) => void;
  createOffscreenCanvas: (o: { type: '2d'; width: number; height: number }) => WxCanvas;
};
