/** Locks the screen when nobody has touched the page for as long as the server says. */
import { onBeforeUnmount, onMounted } from 'vue';

export function useIdle(seconds: () => number, lock: () => void): void {
  let last = Date.now();
  const touch = (): void => void (last = Date.now());
  const events = ['pointerdown', 'keydown', 'wheel', 'pointermove'] as const;
  let timer: ReturnType<typeof setInterval> | undefined;
  onMounted(() => {
    for (const e of events) window.addEventListener(e, touch, { passive: true });
    timer = setInterval(() => {
      if (seconds() > 0 && Date.now() - last > seconds() * 1000) {
        last = Date.now();
        lock();
      }
    }, 5000);
  });
  onBeforeUnmount(() => {
    clearInterval(timer);
    for (const e of events) window.removeEventListener(e, touch);
  });
}
