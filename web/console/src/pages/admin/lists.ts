/** Lists of the administration that come as an array or as {items}; the state of an account and what can be done to it. */
import type { UserItem, UserVerb } from '@shared/api';

export function itemsOf<T>(v: T[] | { items: T[] } | null | undefined): T[] {
  if (!v) return [];
  return Array.isArray(v) ? v : v.items;
}

/** The state of an account in a word, and the colour of its chip. */
export function accountState(u: UserItem, now = Date.now()): [string, string] {
  const words: Record<string, string> = { disabled: '已停用', cancelled: '已注销', dormant: '休眠停用' };
  const stopped = words[u.status ?? ''];
  if (stopped) return [stopped, ''];
  if (u.locked_for_admin || u.status === 'locked' || (u.locked_until && new Date(u.locked_until).getTime() > now)) return ['已锁定', 'bad'];
  if (u.status === 'pending') return ['待激活', ''];
  return ['正常', 'good'];
}

export interface Deed {
  title: string;
  /** What happens, said before it does. */
  text: string;
  done: string;
  danger: boolean;
  /** The trail keeps why. */
  reason: boolean;
}
/** What an administrator does to an account. */
export const DEEDS: Record<UserVerb, Deed> = {
  'reset-password': { title: '重置密码', text: '会生成一个一次性初始密码，本人首次登录时必须修改；现有登录全部退出。', done: '已重置密码', danger: true, reason: false },
  unlock: { title: '解除锁定', text: '解除因多次输错密码或动态码造成的锁定。', done: '已解锁', danger: false, reason: true },
  disable: { title: '停用账号', text: '停用后立即退出登录，不能再登录；历史记录保留。', done: '已停用', danger: true, reason: true },
  enable: { title: '启用账号', text: '重新允许登录，并生成一个一次性初始密码。', done: '已启用', danger: false, reason: true },
  'totp-disable': { title: '解除动态码', text: '用于动态码丢失。现有登录全部退出，本人下次登录后须重新绑定。', done: '已解除动态码', danger: true, reason: true },
  'wechat-unbind': { title: '解除微信绑定', text: '用于手机遗失或换人。现有登录全部退出，这个微信不能再登录，也收不到提醒；本人可用账号登录后重新绑定。', done: '已解除微信绑定', danger: true, reason: true },
};
/** What can be done to an account as it stands. */
export function deedsFor(u: UserItem): UserVerb[] {
  if (u.status === 'cancelled') return [];
  const stopped = u.status === 'disabled' || u.status === 'dormant';
  return [
    'reset-password',
    ...(accountState(u)[0] === '已锁定' ? (['unlock'] as const) : []),
    ...(u.second_factor_bound ? (['totp-disable'] as const) : []),
    ...(u.wechat_bound ? (['wechat-unbind'] as const) : []),
    stopped ? 'enable' : 'disable',
  ];
}

export interface MatrixRow {
  dataset: string;
  title: string;
  /** verb → roles */
  verbs: Record<string, string[]>;
}
const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);
const roles = (v: unknown): string[] => (Array.isArray(v) ? v.map(String) : []);

/** The permission matrix, whether the server sends rows, {items}, or dataset → verb → roles. */
export function matrixRows(v: unknown): MatrixRow[] {
  if (isObject(v) && Array.isArray(v['items'])) return matrixRows(v['items']);
  if (Array.isArray(v)) {
    const out = new Map<string, MatrixRow>();
    for (const r of v) {
      if (!isObject(r)) continue;
      const dataset = String(r['dataset'] ?? r['id'] ?? '');
      const row = out.get(dataset) ?? { dataset, title: String(r['title'] ?? dataset), verbs: {} };
      if (isObject(r['verbs'])) for (const [verb, list] of Object.entries(r['verbs'])) row.verbs[verb] = roles(list);
      else if (typeof r['verb'] === 'string') row.verbs[r['verb']] = roles(r['roles']);
      out.set(dataset, row);
    }
    return [...out.values()];
  }
  if (!isObject(v)) return [];
  return Object.entries(v).map(([dataset, verbs]) => ({ dataset, title: dataset, verbs: isObject(verbs) ? Object.fromEntries(Object.entries(verbs).map(([k, l]) => [k, roles(l)])) : {} }));
}
