/** Who works with this telephone. Without signal the last one who signed in goes on with what lies here; the server decides when it goes out. */
import { reactive } from 'vue';
import type { Me } from '@shared/api';
import { ApiError } from '@shared/client';
import { api, onSession, setCsrf } from './client';
import { mustLock } from './away';
import { recall, remember } from './keep';
import { here } from '@here';

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
/** By the telephone itself; beside it the code of the authenticator or the password, whichever the server asks for. */
export async function wechatSignIn(b: { password?: string; code?: string }): Promise<void> {
  if (!here.wechat) return;
  take(await api.wechat.signIn({ js_code: await here.wechat.code(), ...b }));
}
export async function unlock(password: string): Promise<void> {
  take(await api.session.unlock(password));
}
export async function signOut(): Promise<void> {
  await api.session.signOut().catch(() => undefined);
  take(null);
}
/** The mini-program went to the background; kept outside the page, which may be ended there. */
export const left = (): void => uni.setStorageSync('left', Date.now());
/** It is back: after a while in the background the password is asked again. Without signal work goes on; the server locks nothing then. */
export async function back(): Promise<void> {
  if (here.kind !== 'mp-weixin' || !session.live || session.locked) return;
  const at = uni.getStorageSync('left') as number | '';
  if (!mustLock(at === '' ? null : at, Date.now())) {
    uni.removeStorageSync('left');
    return;
  }
  await api.session.lock().then(() => {
    uni.removeStorageSync('left');
    session.locked = true;
    uni.reLaunch({ url: '/pages/sign-in/sign-in' });
  }).catch(() => undefined);
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
