/** Where a menu entry leads. */
import type { MenuEntry } from '@shared/api';
import { pathOf } from '@shared/description';

const PAGES: Record<string, string> = {
  today: '/', home: '/', todo: '/', household: '/household', 'one-household': '/household', reports: '/reports', report: '/reports', statistics: '/reports', ledgers: '/ledgers', bulletins: '/bulletins', query: '/query', sync: '/sync', quality: '/quality', 'quality-rules': '/quality/rules', users: '/admin/users', access: '/admin/users',
  roles: '/admin/roles', permissions: '/admin/roles', 'ip-rules': '/admin/ip-rules', audit: '/audit', jobs: '/jobs', profile: '/profile',
};
export function pathOfEntry(m: MenuEntry): string | null {
  if (m.dataset) return `/data${pathOf(m.dataset)}`;
  if (!m.page) return null;
  return m.page.startsWith('/') ? m.page : (PAGES[m.page] ?? (m.page.startsWith('reports/') ? `/${m.page}` : null));
}
export interface MenuGroup {
  title: string;
  entries: { title: string; icon: string; path: string }[];
}
export function menuGroups(menu: readonly MenuEntry[]): MenuGroup[] {
  const out: MenuGroup[] = [];
  for (const m of [...menu].sort((a, b) => a.order - b.order)) {
    const path = pathOfEntry(m);
    if (!path || path === '/') continue;
    const entry = { title: m.title, icon: m.icon, path };
    const group = out.find((g) => g.title === m.group);
    if (group) group.entries.push(entry);
    else out.push({ title: m.group, entries: [entry] });
  }
  return out;
}
