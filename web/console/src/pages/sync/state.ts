/** Words of a batch's states, and of what differs. */
import type { SyncBatch, SyncRow, SyncVerb } from '@shared/api';

const WORDS: Record<string, [string, string]> = {
  received: ['已接收', ''], reading: ['正在读取、比对', 'brand'], waiting: ['待审定', 'warn'], held: ['有县超过控制量，待审定', 'warn'],
  approved: ['已审定', 'good'], applying: ['正在入库', 'brand'], applied: ['已入库', 'good'], failed: ['未成功', 'bad'], rejected: ['已退回', 'bad'],
  rolling_back: ['正在回退', 'brand'], rolled_back: ['已回退', ''],
};
export function batchState(b: SyncBatch): [string, string] {
  const [word, tone] = WORDS[b.state] ?? [b.state, ''];
  return [b.state_label ?? word, tone];
}
/** Something is going on by itself: the page asks again. */
export const isBusy = (b: SyncBatch): boolean => ['received', 'reading', 'approved', 'applying', 'rolling_back'].includes(b.state) && !b.message;

export const VERBS: Record<SyncRow['verb'], string> = { new: '新增', changed: '变更', gone: '减少' };

export const ACTS: Record<SyncVerb, { title: string; text: string; done: string; words: boolean; danger?: boolean }> = {
  approve: { title: '审定入库', text: '审定后本批数据写入台账，全国系统拥有的字段会被覆盖，本省自有字段不动；入库后可以整批回退。', done: '已审定，正在入库', words: true },
  refuse: { title: '退回本批', text: '退回后本批不入库，暂存的数据随即清除。请写明原因，由上传人重新导出后再上传。', done: '已退回', words: true, danger: true },
  rollback: { title: '回退本批', text: '本批写入的内容恢复到入库之前；之后又被修改过的记录不会被覆盖，回退完成后列出条数。', done: '已开始回退', words: true, danger: true },
  apply: { title: '继续入库', text: '已写入的县不会重复写入，从其余的县继续。', done: '正在继续入库', words: false },
  reread: { title: '重新比对', text: '用已上传的文件与台账现在的内容重新比对，原来的差异会被替换。', done: '正在重新比对', words: false },
};

/** A value of a row as text. */
export function valueText(v: unknown): string {
  if (v === null || v === undefined || v === '') return '（空）';
  if (typeof v === 'boolean') return v ? '是' : '否';
  if (Array.isArray(v)) return v.length ? v.join('、') : '（空）';
  return String(v);
}
