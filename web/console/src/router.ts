/** Pages and who gets where. Pages are loaded when they are first opened. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';
import { useSession } from '@/data/session';

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', component: () => import('@/pages/entry/SignIn.vue'), meta: { bare: true, title: '登录' } },
  { path: '/', component: () => import('@/pages/today/Today.vue'), meta: { title: '今日' } },
  { path: '/data/:module/:dataset', component: () => import('@/pages/ledger/Ledger.vue'), meta: { title: '台账' } },
  { path: '/data/:module/:dataset/new', component: () => import('@/pages/form/Form.vue'), meta: { title: '新增' } },
  { path: '/data/:module/:dataset/:id', component: () => import('@/pages/detail/Detail.vue'), meta: { title: '详情' } },
  { path: '/data/:module/:dataset/:id/edit', component: () => import('@/pages/form/Form.vue'), meta: { title: '修改' } },
  { path: '/household', component: () => import('@/pages/household/Find.vue'), meta: { title: '一户一档' } },
  { path: '/household/:id', component: () => import('@/pages/household/Household.vue'), meta: { title: '一户一档' } },
  { path: '/reports', component: () => import('@/pages/reports/List.vue'), meta: { title: '统计报表' } },
  { path: '/reports/:id', component: () => import('@/pages/reports/Report.vue'), meta: { title: '统计报表' } },
  { path: '/bulletins', component: () => import('@/pages/bulletins/Bulletins.vue'), meta: { title: '通报与分析报告' } },
  { path: '/toilet/map', component: () => import('@/modules/toilet/ToiletMap.vue'), meta: { title: '户厕一张图' } },
  { path: '/monitor-lines', component: () => import('@/pages/policy/Lines.vue'), meta: { title: '监测范围' } },
  { path: '/query', component: () => import('@/pages/query/Query.vue'), meta: { title: '高级查询' } },
  { path: '/query/extracts', component: () => import('@/pages/query/Extracts.vue'), meta: { title: '提取模板' } },
  { path: '/ledgers', component: () => import('@/pages/ledgers/List.vue'), meta: { title: '业务台账' } },
  { path: '/ledgers/:id', component: () => import('@/pages/ledgers/Ledger.vue'), meta: { title: '业务台账' } },
  { path: '/quality', component: () => import('@/pages/quality/Overview.vue'), meta: { title: '质量看板' } },
  { path: '/quality/rules', component: () => import('@/pages/quality/Rules.vue'), meta: { title: '质量规则' } },
  { path: '/model', component: () => import('@/pages/model/Model.vue'), meta: { title: '模型与参数' } },
  { path: '/matching', component: () => import('@/modules/relapse/Matching.vue'), meta: { title: '匹配待核' } },
  { path: '/sync', component: () => import('@/pages/sync/List.vue'), meta: { title: '数据同步' } },
  { path: '/sync/:no', component: () => import('@/pages/sync/Batch.vue'), meta: { title: '同步批次' } },
  { path: '/admin/users', component: () => import('@/pages/admin/Users.vue'), meta: { title: '用户与岗位' } },
  { path: '/admin/roles', component: () => import('@/pages/admin/Roles.vue'), meta: { title: '角色权限' } },
  { path: '/admin/ip-rules', component: () => import('@/pages/admin/IpRules.vue'), meta: { title: '访问地址' } },
  { path: '/audit', component: () => import('@/pages/audit/Audit.vue'), meta: { title: '审计日志' } },
  { path: '/profile', component: () => import('@/pages/profile/Profile.vue'), meta: { title: '我的账号' } },
  { path: '/jobs', component: () => import('@/pages/jobs/Jobs.vue'), meta: { title: '我的任务' } },
  { path: '/403', component: () => import('@/pages/Refused.vue'), props: { kind: '403' }, meta: { title: '没有权限' } },
  { path: '/500', component: () => import('@/pages/Refused.vue'), props: { kind: '500' }, meta: { title: '出错了' } },
  { path: '/:rest(.*)*', component: () => import('@/pages/Refused.vue'), props: { kind: '404' }, meta: { title: '没有这一页' } },
];

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

router.beforeEach(async (to) => {
  const session = useSession();
  const me = await session.load().catch(() => null);
  const settled = me && me.state !== 'must_change_password' && me.state !== 'must_bind_second_factor';
  if (to.path === '/sign-in') return settled ? '/' : true;
  return settled ? true : { path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
});
router.afterEach((to) => {
  document.title = `${String(to.meta['title'] ?? '')} · 赣农`;
});
// a new version was installed while this page was open: its old parts are gone, so start over once
router.onError((e, to) => {
  if (/dynamically imported module|Failed to fetch|Importing a module/.test(String(e)) && !sessionStorage.getItem('ganong.reloaded')) {
    sessionStorage.setItem('ganong.reloaded', '1');
    location.assign(to.fullPath);
  }
});
