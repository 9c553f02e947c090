/** Times of templates as people choose them, and as the server keeps them (five fields, Beijing time). */
export interface Times {
  every: 'none' | 'day' | 'week' | 'month' | 'own';
  /** `HH:MM` */
  at: string;
  /** 0 (Sunday) to 6. */
  weekday: number;
  /** 1 to 28: every month has it. */
  day: number;
  own: string;
}
export const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'];
export const noTime = (): Times => ({ every: 'none', at: '02:30', weekday: 1, day: 1, own: '' });

export function toCron(t: Times): string {
  const [h, m] = t.at.split(':').map(Number);
  const clock = `${m ?? 0} ${h ?? 0}`;
  if (t.every === 'day') return `${clock} * * *`;
  if (t.every === 'week') return `${clock} * * ${t.weekday}`;
  if (t.every === 'month') return `${clock} ${t.day} * *`;
  return t.every === 'own' ? t.own.trim() : '';
}
export function fromCron(cron: string): Times {
  const out = noTime();
  if (!cron.trim()) return out;
  const p = /^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|[0-6])$/.exec(cron.trim());
  if (!p || (p[3] !== '*' && p[4] !== '*')) return { ...out, every: 'own', own: cron };
  const at = `${String(p[2]).padStart(2, '0')}:${String(p[1]).padStart(2, '0')}`;
  if (p[4] !== '*') return { ...out, every: 'week', at, weekday: Number(p[4]) };
  return p[3] === '*' ? { ...out, every: 'day', at } : { ...out, every: 'month', at, day: Number(p[3]) };
}
export function cronWords(cron: string): string {
  const t = fromCron(cron);
  if (t.every === 'none') return '手工提取';
  if (t.every === 'day') return `每天 ${t.at}`;
  if (t.every === 'week') return `每${WEEKDAYS[t.weekday] ?? ''} ${t.at}`;
  return t.every === 'month' ? `每月 ${t.day} 日 ${t.at}` : `按计划 ${t.own}`;
}
