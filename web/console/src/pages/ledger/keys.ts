/** j and k walk a list, Enter opens, x ticks. */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue';

export function useListKeys(length: () => number, open: (i: number) => void, tick: (i: number) => void): { at: Ref<number> } {
  const at = ref(-1);
  function key(e: KeyboardEvent): void {
    const t = e.target as HTMLElement;
    if (e.ctrlKey || e.metaKey || e.altKey || t.closest('input, textarea, select, button, a, [role="dialog"]') || !length()) return;
    if (e.key === 'j') at.value = Math.min(length() - 1, at.value + 1);
    else if (e.key === 'k') at.value = Math.max(0, at.value - 1);
    else if (e.key === 'x' && at.value >= 0) tick(at.value);
    else if (e.key === 'Enter' && at.value >= 0) open(at.value);
    else return;
    e.preventDefault();
    requestAnimationFrame(() => document.querySelector('tr.is-current')?.scrollIntoView({ block: 'nearest' }));
  }
  onMounted(() => window.addEventListener('keydown', key));
  onBeforeUnmount(() => window.removeEventListener('keydown', key));
  return { at };
}
