/** Who is here, acting where. The server decides what may be done; this only hides. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Me, Verb } from '@shared/api';
import { ApiError } from '@shared/client';
import { api, onSession, setCsrf } from './client';

export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null);
  const asked = ref(false);

  function take(next: Me | null): void {
    me.value = next;
    setCsrf(next?.csrf ?? '');
  }
  /** Asks once who is here; no session is no error. */
  async function load(again = false): Promise<Me | null> {
    if (asked.value && !again) return me.value;
    try {
      take(await api.session.me());
    } catch (e) {
      if (!(e instanceof ApiError) || e.status !== 401) throw e;
      take(null);
    }
    asked.value = true;
    return me.value;
  }
  async function signIn(b: { login_name: string; password: string; code?: string }): Promise<void> {
    take(await api.session.signIn(b));
    asked.value = true;
  }
  async function signOut(): Promise<void> {
    await api.session.signOut().catch(() => undefined);
    take(null);
  }
  async function switchPost(id: string): Promise<void> {
    take(await api.session.switchPost(id));
  }
  async function lock(): Promise<void> {
    if (me.value) me.value = { ...me.value, state: 'locked' };
    await api.session.lock();
  }
  async function unlock(password: string): Promise<void> {
    take(await api.session.unlock(password));
  }
  const can = (dataset: string, verb: Verb): boolean => me.value?.permissions[dataset]?.includes(verb) ?? false;
  const home = computed(() => me.value?.post?.region_code ?? '360000000000');
  const level = computed(() => me.value?.post?.level ?? 1);

  onSession((p) => {
    if (!me.value) return;
    // a wrong code or password also answers 401: only a session that is gone ends the work
    if (p.code === 'access.not_signed_in' || p.code === 'access.session_ended' || p.code === 'http.401') take(null);
    if (p.code === 'access.session_locked') me.value = { ...me.value, state: 'locked' };
  });
  return { me, asked, load, signIn, signOut, switchPost, lock, unlock, take, can, home, level };
});
