/** The one client of the console. The CSRF token is set by the session store. */
import { createClient } from '@shared/client';
import type { Problem } from '@shared/api';

let csrf = '';
let watcher: (p: Problem) => void = () => undefined;
export const setCsrf = (token: string): void => {
  csrf = token;
};
export const onSession = (f: (p: Problem) => void): void => {
  watcher = f;
};

export const api = createClient({
  transport: (url, init) => fetch(url, { ...init, credentials: 'same-origin', cache: 'no-store' }),
  csrf: () => csrf,
  onSession: (p) => watcher(p),
});
