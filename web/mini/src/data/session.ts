/** Who works with this telephone. Without signal the last one who signed in goes on with what lies here; the server decides when it goes out. */
import { reactive } from 'vue';
import type { Me } from '@shared/api';
import { ApiError } from '@shared/client';
import { api, onSession, setCsrf } from './client';
import { recall, remember } from './keep';

export const session = reactive<{ me: Me | null; live: boolean; locked: boolean }>({ me: null, live: false, locked: false });

function take(me: Me | null): void {
  session.me = me;
  session.live = me !== null;
  session.locked = me?.state === 'locked';
  setCsrf(me?.csrf ?? '');
  void remember('me', me);
}

/** Asks the server; without an answer the one who was here before is assumed. */
export async function load(): Promise<Me | null> {
  try {
    take(await api.session.me());
  } catch (e) {
    if (e instanceof ApiError && e.status === 401) {
      session.live = false;
      session.me = await recall<Me>('me');
      return null;
    }
    session.live = false;
    session.me = await recall<Me>('me');
  }
  return session.me;
}
export async function signIn(b: { login_name: string; password: string; code?: string }): Promise<Me> {
  const me = await api.session.signIn(b);
  take(me);
  return me;
}
export async function unlock(password: string): Promise<void> {
  take(await api.session.unlock(password));
}
export async function signOut(): Promise<void> {
  await api.session.signOut().catch(() => undefined);
  take(null);
}
export const userId = (): string => session.me?.user.id ?? '';
export const may = (dataset: string, verb: 'read' | 'create' | 'update'): boolean => session.me?.permissions[dataset]?.includes(verb) ?? false;

onSession((p) => {
  if (p.code === 'access.session_locked') session.locked = true;
  if (p.status === 401) session.live = false;
});

/** Leads to the sign-in page when nobody is known here. */
export async function needPerson(): Promise<boolean> {
  if (session.me) return true;
  await load();
  if (session.me) return true;
  uni.reLaunch({ url: '/pages/sign-in/sign-in' });
  return false;
}
