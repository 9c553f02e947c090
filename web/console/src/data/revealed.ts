/** Plain values somebody asked for with a reason: kept in memory, gone when their time is over. */
import { reactive } from 'vue';
import type { Value } from '@shared/api';

interface Shown {
  value: Value;
  until: number;
}
const shown = reactive<Record<string, Shown>>({});
const key = (row: string, field: string): string => `${row}/${field}`;

export function reveal(row: string, values: Record<string, Value>, seconds: number): void {
  const until = Date.now() + seconds * 1000;
  for (const [f, value] of Object.entries(values)) shown[key(row, f)] = { value, until };
  setTimeout(() => {
    for (const f of Object.keys(values)) Reflect.deleteProperty(shown, key(row, f));
  }, seconds * 1000);
}
export const revealed = (row: string, field: string): Shown | undefined => shown[key(row, field)];
export function forgetRevealed(): void {
  for (const k of Object.keys(shown)) Reflect.deleteProperty(shown, k);
}
