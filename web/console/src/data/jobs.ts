/** Long work of this person: asked for while something runs. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Job } from '@shared/api';
import { api } from './client';

const alive = (j: Job): boolean => j.state === 'queued' || j.state === 'running';

export const useJobs = defineStore('jobs', () => {
  const items = ref<Job[]>([]);
  const open = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const running = computed(() => items.value.filter(alive).length);

  async function refresh(): Promise<void> {
    items.value = (await api.jobs.list()).items;
    schedule();
  }
  function schedule(): void {
    clearTimeout(timer);
    if (running.value > 0) timer = setTimeout(() => void refresh().catch(() => undefined), 1500);
  }
  /** A job that was just started: shown at once, followed until it ends. */
  function follow(job: Job, show = true): void {
    items.value = [job, ...items.value.filter((j) => j.id !== job.id)];
    if (show) open.value = true;
    schedule();
  }
  async function wait(id: string, tick: (j: Job) => void): Promise<Job> {
    for (;;) {
      const j = await api.jobs.get(id);
      tick(j);
      items.value = items.value.map((x) => (x.id === id ? j : x));
      if (!alive(j)) return j;
      await new Promise((r) => setTimeout(r, 700));
    }
  }
  function clear(): void {
    clearTimeout(timer);
    items.value = [];
    open.value = false;
  }
  return { items, open, running, refresh, follow, wait, clear };
});
