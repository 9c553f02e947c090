/** An identity card as the server reads it. The picture is sent, read and forgotten. */
import type { Problem } from '@shared/api';
import { ApiError } from '@shared/client';
import { here } from '@here';
import { csrfToken } from './client';

export interface ScannedField {
  value: string;
  /** 0 to 1; below 0.9 a person must look. */
  confidence: number;
}
export interface Scan {
  side: 'front' | 'back';
  fields: Record<string, ScannedField>;
  /** Check digit and birth date of the number hold. */
  number_ok: boolean;
  birth_date: string | null;
  gender: string | null;
  /** Somebody with this number is registered already. */
  existing: string | null;
}
export interface Scanned {
  name: string;
  id_no: string;
}

/** Longest edge of the picture that is sent: enough for the small print, little enough for a weak line. */
const EDGE = 1800;

export async function scan(path: string, side: 'front' | 'back'): Promise<Scan> {
  const data = await here.stamp(path, EDGE, []);
  const headers = { Accept: 'application/json', 'X-CSRF-Token': csrfToken() };
  const r = await here.upload({ url: '/api/v1/relapse/scan/idcard', headers, field: side, name: 'card.jpg', data }).catch(() => {
    throw new ApiError({ title: '', status: 0, code: 'client.offline', detail: '没有信号，身份证扫描要在有信号时使用，可先手工填写。' });
  });
  let body: unknown = {};
  try {
    body = JSON.parse(r.text);
  } catch {
    // not a document of ours
  }
  if (r.status >= 400) {
    const p = body as Partial<Problem>;
    throw new ApiError({ title: '', code: `http.${r.status}`, ...p, status: r.status, detail: p.detail ?? '身份证没有识别出来，请重新拍照或手工填写。' });
  }
  return body as Scan;
}
