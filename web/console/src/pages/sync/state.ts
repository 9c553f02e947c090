/** Words of a batch's states where the server sends only the name. */
import type { SyncBatch } from '@shared/api';

const WORDS: Record<string, [string, string]> = {
  received: ['已接收', ''], queued: ['排队中', ''], reading: ['读取中', 'brand'], staged: ['已暂存', 'brand'], checking: ['校验中', 'brand'], running: ['处理中', 'brand'], held: ['有县待审', 'warn'], waiting: ['待审定', 'warn'], pending: ['待审定', 'warn'],
  approved: ['已审定', 'good'], applied: ['已入库', 'good'], done: ['已入库', 'good'], merged: ['已入库', 'good'], failed: ['未成功', 'bad'], rejected: ['已退回', 'bad'], rolled_back: ['已回退', ''],
};
export function batchState(b: SyncBatch): [string, string] {
  const [word, tone] = WORDS[b.state] ?? [b.state, ''];
  return [b.state_label ?? word, tone];
}
export const waits = (b: SyncBatch): boolean => ['held', 'waiting', 'pending', 'staged'].includes(b.state);
export const applied = (b: SyncBatch): boolean => ['approved', 'applied', 'done', 'merged'].includes(b.state);
