/** The one client of the telephone, over whatever the platform offers. */
import type { Problem } from '@shared/api';
import { ApiError, createClient } from '@shared/client';
import { here } from '@here';

let csrf = '';
let watcher: (p: Problem) => void = () => undefined;
export const setCsrf = (token: string): void => void (csrf = token);
export const onSession = (f: (p: Problem) => void): void => void (watcher = f);

export const api = createClient({ transport: here.transport, csrf: () => csrf, onSession: (p) => watcher(p) });

/** A picture of a row, under its key. */
export async function attach(dataset: string, id: string, field: string, name: string, data: string, key: string): Promise<{ id: string }> {
  const headers = { Accept: 'application/json', 'X-CSRF-Token': csrf, 'Idempotency-Key': key };
  const r = await here.upload({ url: api.attachmentsUrl(dataset, id), headers, field, name, data }).catch(() => {
    throw new ApiError({ title: '连不上服务器', status: 0, code: 'client.offline', detail: '连不上服务器，稍后自动重发。' });
  });
  const body: unknown = (() => {
    try {
      return JSON.parse(r.text);
    } catch {
      return {};
    }
  })();
  if (r.status >= 400) {
    const p = body as Partial<Problem>;
    const problem: Problem = { ...p, title: p.title ?? '', status: r.status, code: p.code ?? `http.${r.status}`, detail: p.detail ?? `照片没有传上去（${r.status}）。` };
    if (r.status === 401 || r.status === 403) watcher(problem);
    throw new ApiError(problem);
  }
  return body as { id: string };
}

export const sentence = (e: unknown): string => (e instanceof Error && e.message ? e.message : '没有办成，请稍后重试。');
export const csrfToken = (): string => csrf;
