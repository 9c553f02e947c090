/** Choices of one person on this machine: theme, columns. No data of anybody. */
import { ref } from 'vue';

export function remember<T>(key: string, otherwise: T): { get: () => T; set: (v: T) => void } {
  const k = `ganong.${key}`;
  return {
    get: () => {
      try {
        const s = localStorage.getItem(k);
        return s === null ? otherwise : (JSON.parse(s) as T);
      } catch {
        return otherwise;
      }
    },
    set: (v) => {
      try {
        localStorage.setItem(k, JSON.stringify(v));
      } catch {
        // private browsing: the choice lives as long as the page
      }
    },
  };
}

export type Theme = 'light' | 'dark';
const kept = remember<Theme | null>('theme', null);
export const theme = ref<Theme>(kept.get() ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
export function setTheme(t: Theme): void {
  theme.value = t;
  document.documentElement.setAttribute('theme-mode', t);
  kept.set(t);
}
document.documentElement.setAttribute('theme-mode', theme.value);
