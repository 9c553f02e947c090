/** Loading state of one question to the server; a later question wins over an earlier one. */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';

export interface Loading<T> {
  data: ShallowRef<T | null>;
  error: ShallowRef<unknown>;
  busy: Ref<boolean>;
  run: () => Promise<void>;
}
export function useLoad<T>(ask: () => Promise<T>): Loading<T> {
  const data = shallowRef<T | null>(null);
  const error = shallowRef<unknown>(null);
  const busy = ref(false);
  let turn = 0;
  async function run(): Promise<void> {
    const mine = ++turn;
    busy.value = true;
    error.value = null;
    try {
      const got = await ask();
      if (mine === turn) data.value = got;
    } catch (e) {
      if (mine === turn) error.value = e;
    } finally {
      if (mine === turn) busy.value = false;
    }
  }
  return { data, error, busy, run };
}
