/** A tiled mark with name and time over the page. It is drawn on a canvas and comes back when somebody removes or hides it. */
import { onBeforeUnmount, onMounted, watch, type Ref } from 'vue';
import { theme } from '@/data/prefs';

function tile(text: string): string {
  const c = document.createElement('canvas');
  const ratio = window.devicePixelRatio || 1;
  c.width = 360 * ratio;
  c.height = 220 * ratio;
  const g = c.getContext('2d');
  if (!g) return '';
  g.scale(ratio, ratio);
  g.rotate(-0.34);
  g.font = '13px "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  g.fillStyle = theme.value === 'dark' ? 'rgba(255,255,255,.055)' : 'rgba(20,40,30,.07)';
  const now = new Date();
  const p = (n: number): string => String(n).padStart(2, '0');
  g.fillText(text, -20, 120);
  g.fillText(`${now.getFullYear()}-${p(now.getMonth() + 1)}-${p(now.getDate())} ${p(now.getHours())}:${p(now.getMinutes())}`, -20, 140);
  return c.toDataURL();
}

export function useWatermark(host: Ref<HTMLElement | undefined>, text: () => string): void {
  let mark: HTMLDivElement | null = null;
  let observer: MutationObserver | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;

  function draw(): void {
    observer?.disconnect();
    mark?.remove();
    const at = host.value;
    const words = text();
    if (!at || !words) return;
    mark = document.createElement('div');
    mark.setAttribute('aria-hidden', 'true');
    const s = mark.style;
    const set = (k: string, v: string): void => s.setProperty(k, v, 'important');
    for (const [k, v] of [['position', 'fixed'], ['inset', '0'], ['z-index', '5900'], ['pointer-events', 'none'], ['display', 'block'], ['visibility', 'visible'], ['opacity', '1'], ['background-repeat', 'repeat']] as const) set(k, v);
    set('background-image', `url(${tile(words)})`);
    set('background-size', '360px 220px');
    at.appendChild(mark);
    observer = new MutationObserver((list) => {
      const gone = list.some((m) => [...m.removedNodes].includes(mark as Node));
      if (gone || list.some((m) => m.target === mark)) draw();
    });
    observer.observe(at, { childList: true });
    observer.observe(mark, { attributes: true, childList: true });
  }
  onMounted(() => {
    draw();
    timer = setInterval(draw, 60_000);
  });
  watch([text, theme], draw);
  onBeforeUnmount(() => {
    clearInterval(timer);
    observer?.disconnect();
  });
}
