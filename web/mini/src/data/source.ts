/** Where a known fact comes from, in words (list C40). */
import type { Row } from '@shared/api';

const FROM: Record<string, string> = { '01': '全国系统', '02': '本平台填报', '03': '部门数据', '04': '历史迁移' };
export const sourceOf = (r: Row | null | undefined): string => {
  if (!r) return '';
  const at = typeof r.updated_at === 'string' ? r.updated_at.slice(0, 7) : '';
  return `来自${FROM[r.source ?? ''] ?? '台账'}${at ? ` ${at}` : ''}`;
};
