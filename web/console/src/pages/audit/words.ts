/** Words of the trail; a name without words is shown as it stands. */
const EVENTS: Record<string, string> = {
  sign_in: '登录', sign_out: '退出', sign_in_failed: '登录失败', lock: '锁屏', unlock: '解锁', password: '修改密码', second_factor: '第二因子', post: '切换岗位', read: '查看', list: '查询', create: '新增', update: '修改', delete: '删除',
  unmask: '查看明文', import: '导入', export: '导出', download: '下载', upload: '上传', transition: '办理', undo: '撤销', sync: '同步', approve: '审定', rollback: '回退', search: '搜索', report: '报表', user: '用户管理', grant: '授岗', revoke: '撤岗', verify: '校验', ip_rule: '访问地址',
};
const RESULTS: Record<string, string> = { ok: '成功', success: '成功', done: '成功', refused: '拒绝', denied: '拒绝', failed: '失败', error: '失败' };
/** `record.unmask` → 查看明文 (by the last part that has words). */
export function eventWord(name: string): string {
  if (EVENTS[name]) return EVENTS[name];
  const found = name.split(/[.:/]/).reverse().find((p) => EVENTS[p]);
  return found ? (EVENTS[found] ?? name) : name;
}
export const resultWord = (r: string | null | undefined): string => (r ? (RESULTS[r.toLowerCase()] ?? r) : '—');
export const isGood = (r: string | null | undefined): boolean => resultWord(r) === '成功';
