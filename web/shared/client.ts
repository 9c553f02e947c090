/** The typed client: one place that knows paths, CSRF and problem documents. */
import type * as A from './api';
import { pathOf, type DatasetEntry, type Description } from './description';

/** A refusal of the server, or no answer at all (status 0). */
export class ApiError extends Error {
  readonly problem: A.Problem;
  constructor(problem: A.Problem) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }
  get status(): number {
    return this.problem.status;
  }
  get code(): string {
    return this.problem.code;
  }
}

export interface Transport {
  (url: string, init: { method: string; headers: Record<string, string>; body?: string | FormData; signal?: AbortSignal }): Promise<{
    status: number;
    text: () => Promise<string>;
  }>;
}
export type Query = Record<string, string | number | boolean | null | undefined>;

export function queryString(q: Query): string {
  // by hand: a mini-program has no URLSearchParams
  const enc = encodeURIComponent;
  const s = Object.entries(q)
    .filter(([, v]) => v !== null && v !== undefined && v !== '')
    .map(([k, v]) => `${enc(k)}=${enc(String(v))}`)
    .join('&');
  return s ? `?${s}` : '';
}

/** A write that may be sent again: its key, and the description that its form was drawn from. */
export interface Sending {
  key: string;
  description?: string;
}
const headersOf = (s?: Sending): Record<string, string> =>
  s ? { 'Idempotency-Key': s.key, ...(s.description ? { 'X-Description': s.description } : {}) } : {};

export interface ClientOptions {
  base?: string;
  transport: Transport;
  csrf: () => string;
  /** Told of 401 and of a session state that needs a person (locked, password, second factor). */
  onSession?: (p: A.Problem) => void;
}

export type Client = ReturnType<typeof createClient>;

export function createClient(o: ClientOptions) {
  const base = o.base ?? '/api/v1';

  async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<T> {
    const headers: Record<string, string> = { Accept: 'application/json', ...more };
    if (method !== 'GET') headers['X-CSRF-Token'] = o.csrf();
    const form = typeof FormData !== 'undefined' && body instanceof FormData;
    if (body !== undefined && !form) headers['Content-Type'] = 'application/json';
    const sent = body === undefined ? {} : { body: form ? body : JSON.stringify(body) };
    const answer = await o.transport(base + path, { method, headers, ...sent, ...(signal ? { signal } : {}) }).catch((e: unknown) => {
      if (e instanceof Error && e.name === 'AbortError') throw e;
      throw new ApiError({ title: '连不上服务器', status: 0, code: 'client.offline', detail: '连不上服务器，请检查网络后重试。' });
    });
    const text = await answer.text();
    if (answer.status < 400) return (text ? JSON.parse(text) : undefined) as T;
    const problem = readProblem(answer.status, text);
    if (answer.status === 401 || answer.status === 403 || answer.status === 423) o.onSession?.(problem);
    throw new ApiError(problem);
  }
  const get = <T>(path: string, q: Query = {}, signal?: AbortSignal): Promise<T> => call<T>('GET', path + queryString(q), undefined, signal);
  const post = <T>(path: string, body?: unknown): Promise<T> => call<T>('POST', path, body);
  const remove = <T = void>(path: string): Promise<T> => call<T>('DELETE', path);
  const upload = <T>(path: string, files: Record<string, string | Blob | Blob[]>): Promise<T> => {
    const f = new FormData();
    for (const [k, v] of Object.entries(files)) for (const one of Array.isArray(v) ? v : [v]) f.append(k, one);
    return call<T>('POST', path, f);
  };
  const enc = encodeURIComponent;

  return {
    base,
    session: {
      signIn: (b: { login_name: string; password: string; code?: string }) => post<A.Me>('/session', b),
      signOut: () => remove('/session'),
      me: () => get<A.Me>('/me'),
      switchPost: (post_id: string) => post<A.Me>('/me/post', { post_id }),
      changePassword: (old: string, next: string) => post<A.Me>('/me/password', { old, new: next }),
      lock: () => post<void>('/me/lock'),
      unlock: (password: string) => post<A.Me>('/me/unlock', { password }),
      totpStart: () => post<A.TotpStart>('/me/totp/start'),
      totpConfirm: (code1: string, code2: string) => post<{ recovery_codes: string[] }>('/me/totp/confirm', { code1, code2 }),
      list: () => get<A.Items<A.SessionInfo>>('/me/sessions'),
      end: (id: string) => remove(`/me/sessions/${enc(id)}`),
    },
    wechat: {
      signIn: (b: { js_code: string; password?: string; code?: string }) => post<A.Me>('/wechat/session', b),
      bind: (b: { js_code: string; password: string; code?: string }) => post<A.WechatStanding>('/me/wechat', b),
      unbind: () => remove('/me/wechat'),
      consent: () => post<A.WechatStanding>('/me/wechat/consent'),
    },
    meta: {
      datasets: () => get<A.Items<DatasetEntry>>('/meta/datasets'),
      dataset: (id: string) => get<Description>(`/meta/datasets/${enc(id)}`),
      codes: (id: string) => get<A.CodeList>(`/meta/codes/${enc(id)}`),
    },
    regions: {
      children: (parent: string) => get<A.Items<A.Region>>('/regions', { parent }),
      search: (q: string, limit = 20) => get<A.Items<A.Region>>('/regions', { q, limit }),
      get: (code: string) => get<A.Region>(`/regions/${enc(code)}`),
    },
    records: (dataset: string) => {
      const d = pathOf(dataset);
      return {
        list: (q: Query, signal?: AbortSignal) => get<A.Page<A.Row>>(d, q, signal),
        get: (id: string) => get<A.Row>(`${d}/${enc(id)}`),
        create: (b: Record<string, unknown>, s?: Sending) => call<A.Row>('POST', d, b, undefined, headersOf(s)),
        patch: (id: string, b: Record<string, unknown>, s?: Sending) => call<A.Row>('PATCH', `${d}/${enc(id)}`, b, undefined, headersOf(s)),
        remove: (id: string, row_version: number) => remove(`${d}/${enc(id)}?row_version=${row_version}`),
        history: (id: string, after?: string) => get<A.Page<A.HistoryEntry>>(`${d}/${enc(id)}/history`, { after }),
        unmask: (id: string, b: { fields: string[]; reason_code: string; reason_text: string }) =>
          post<{ values: Record<string, A.Value>; valid_seconds: number }>(`${d}/${enc(id)}/unmask`, b),
        attachments: (id: string, field?: string) => get<A.Items<A.Attachment>>(`${d}/${enc(id)}/attachments`, { field }),
        attach: (id: string, field: string, file: File) => upload<A.Attachment>(`${d}/${enc(id)}/attachments`, { field, file }),
        templateUrl: `${base}${d}/template`,
        import: (file: File) => upload<A.Job>(`${d}/import`, { file }),
        export: (query: Query, columns: string[]) => post<A.Job>(`${d}/export`, { query, columns }),
        transition: (id: string, name: string, b: Record<string, unknown>, s?: Sending) =>
          call<A.Row>('POST', `${d}/${enc(id)}/transitions/${enc(name)}`, b, undefined, headersOf(s)),
        transitionMany: (name: string, ids: string[], opinion: string, fields: Record<string, unknown> = {}) =>
          post<{ done: number; failed: { id: string; code: string; message: string }[] }>(`${d}/transitions/${enc(name)}`, { ...fields, ids, opinion }),
        flow: (id: string) => get<A.FlowState>(`${d}/${enc(id)}/flow`),
      };
    },
    /** Path of a row's attachments, for a platform that sends files its own way. */
    attachmentsUrl: (dataset: string, id: string) => `${base}${pathOf(dataset)}/${enc(id)}/attachments`,
    /** Everything known of up to twenty clues and their households, to be taken along. */
    packs: (clues: string[]) => post<A.Items<A.Pack> & { verifiers: A.Colleague[] }>('/relapse/visit/packs', { clues }),
    post,
    /** Endpoints that ask for no account. */
    publicGet: <T>(path: string, q: Query = {}) => get<T>(path, q),
    publicPost: <T>(path: string, body: unknown, s?: Sending) => call<T>('POST', path, body, undefined, headersOf(s)),
    fileUrl: (id: string) => `${base}/files/${enc(id)}`,
    removeFile: (id: string) => remove(`/files/${enc(id)}`),
    todo: (q: Query = {}) => get<A.Todo>('/todo', q),
    home: () => get<A.Home>('/home'),
    /** Anything that may be a number of a person goes in the body, so that it never stands in a URL. */
    search: (q: string, signal?: AbortSignal) =>
      /\d{8,}/.test(q) ? post<A.Items<A.SearchHit>>('/search', { q }) : get<A.Items<A.SearchHit>>('/search', { q }, signal),
    jobs: {
      list: (after?: string) => get<A.Page<A.Job>>('/jobs', { after }),
      get: (id: string) => get<A.Job>(`/jobs/${enc(id)}`),
      cancel: (id: string) => post<A.Job>(`/jobs/${enc(id)}/cancel`),
      undo: (id: string) => post<A.Job>(`/jobs/${enc(id)}/undo`),
    },
    reports: {
      list: () => get<A.Items<A.ReportName>>('/reports'),
      get: (id: string, q: Query) => get<A.Report>(`/reports/${enc(id)}`, q),
      export: (id: string, b: { region: string; period: string; by?: string; only?: string; only_value?: string; compare?: string }) => post<A.Job>(`/reports/${enc(id)}/export`, b),
      drill: (id: string, q: Query) => get<A.Drill>(`/reports/${enc(id)}/drill`, q),
    },
    print: (b: { form: string; format: string; ids: string[]; query: Record<string, string> }) => post<A.Job>('/relapse/print', b),
    terms: (year: number) => get<{ year: number; terms: Record<string, string> }>('/terms', { year }),
    monitorLines: (region: string) => get<A.Items<A.MonitorLine>>('/monitor-lines', { region }),
    queries: {
      fields: (dataset: string) => get<A.Items<A.QueryOffer>>(`/queries/fields/${enc(dataset)}`),
      run: (b: Record<string, unknown>) => post<A.Page<A.Row>>('/queries/run', b),
      list: (dataset: string) => get<A.Items<A.SavedQuery>>('/queries', { dataset }),
      keep: (b: Record<string, unknown>) => post<A.SavedQuery>('/queries', b),
      change: (id: string, b: Record<string, unknown>) => call<A.SavedQuery>('PATCH', `/queries/${enc(id)}`, b),
      forget: (id: string) => remove(`/queries/${enc(id)}`),
      export: (id: string, b: Record<string, unknown>) => post<A.Job>(`/queries/${enc(id)}/export`, b),
    },
    bulletins: {
      list: () => get<A.Items<A.BulletinName>>('/bulletins'),
      get: (id: string, q: Query) => get<A.Bulletin>(`/bulletins/${enc(id)}`, q),
      export: (id: string, ask: Record<string, string>) => post<A.Job>(`/bulletins/${enc(id)}/export`, ask),
    },
    extracts: {
      list: () => get<A.Items<A.ExtractTemplate>>('/extracts'),
      keep: (b: Record<string, unknown>) => post<A.ExtractTemplate>('/extracts', b),
      change: (id: string, b: Record<string, unknown>) => call<A.ExtractTemplate>('PATCH', `/extracts/${enc(id)}`, b),
      forget: (id: string) => remove(`/extracts/${enc(id)}`),
      runs: (id: string) => get<A.Items<A.ExtractRun>>(`/extracts/${enc(id)}/runs`),
      now: (id: string) => post<A.Job>(`/extracts/${enc(id)}/export`, {}),
    },
    ledgers: {
      list: () => get<A.Items<A.LedgerName>>('/ledgers'),
      get: (id: string, q: Query) => get<A.LedgerPage>(`/ledgers/${enc(id)}`, q),
      export: (id: string, query: Record<string, string>) => post<A.Job>(`/ledgers/${enc(id)}/export`, { query }),
    },
    quality: {
      vocabulary: () => get<unknown>('/quality/vocabulary'),
      rules: () => get<unknown>('/quality/rules'),
      check: (view: string, expr: string) => post<unknown>('/quality/rules/check', { view, expr }),
      tryOn: (rule: object, region: string) => post<unknown>('/quality/rules/try', { rule, region }),
      submit: (rule: object) => post<unknown>('/quality/rules', rule),
      compareSheet: (file: File) => upload<unknown>('/quality/rules/sheet', { file }),
      submitAll: (rules: object[]) => post<unknown>('/quality/rules/batch', { rules }),
      releaseAll: (rules: string[]) => post<unknown>('/quality/rules/release', { rules }),
      versions: (id: string) => get<unknown>(`/quality/rules/${enc(id)}/versions`),
      release: (id: string) => post<unknown>(`/quality/editions/${enc(id)}/release`, {}),
      rollBack: (id: string) => post<unknown>(`/quality/rules/${enc(id)}/roll_back`, {}),
      scan: (region: string) => post<A.Job>('/quality/scan', { region }),
      overview: (region: string) => get<unknown>('/quality/overview', { region }),
    },
    access: {
      users: (q: Query) => get<A.Page<A.UserItem>>('/access/users', q),
      user: (id: string) => get<A.UserItem>(`/access/users/${enc(id)}`),
      createUser: (b: Record<string, unknown>) => post<{ id?: string; user_id?: string; password?: string; initial_password?: string }>('/access/users', b),
      patchUser: (id: string, b: Record<string, unknown>) => call<A.UserItem>('PATCH', `/access/users/${enc(id)}`, b),
      act: (id: string, verb: A.UserVerb, reason: string) => post<A.UserActed>(`/access/users/${enc(id)}/${verb}`, { reason }),
      addPost: (id: string, b: { role: string; region_code: string }) => post<unknown>(`/access/users/${enc(id)}/posts`, b),
      removePost: (id: string, p: string) => remove(`/access/users/${enc(id)}/posts/${enc(p)}`),
      roles: () => get<A.Role[] | A.Items<A.Role>>('/access/roles'),
      permissions: () => get<unknown>('/access/permissions'),
      ipRules: () => get<A.IpRule[] | A.Items<A.IpRule>>('/access/ip-rules'),
      addIpRule: (b: Record<string, unknown>) => post<A.IpRule>('/access/ip-rules', b),
      removeIpRule: (id: string) => remove(`/access/ip-rules/${enc(id)}`),
    },
    audit: {
      lines: (q: Query) => get<A.Page<A.AuditLine>>('/audit/lines', q),
      verify: () => post<A.AuditVerdict>('/audit/verify', {}),
    },
    sync: {
      list: (before?: string) => get<A.SyncList>('/registry/sync/batches', { before }),
      upload: (files: File[]) => upload<A.Job>('/registry/sync/batches', { file: files }),
      get: (no: string) => get<A.SyncDetail>(`/registry/sync/batches/${enc(no)}`),
      act: (no: string, verb: A.SyncVerb, opinion: string) => post<unknown>(`/registry/sync/batches/${enc(no)}/${verb}`, { opinion }),
      rows: (no: string, q: Query) => get<A.Page<A.SyncRow>>(`/registry/sync/batches/${enc(no)}/rows`, q),
      problems: (no: string, after?: number) => get<{ items: A.SyncProblem[]; next: number | null }>(`/registry/sync/batches/${enc(no)}/problems`, { after }),
      report: (no: string) => `/api/v1/registry/sync/batches/${enc(no)}/report`,
    },
    toilet: {
      map: (region: string) => get<A.ToiletMap>('/toilet/map', { region }),
      print: (b: { form: string; format: string; ids: string[]; query: Record<string, string> }) => post<A.Job>('/toilet/print', b),
    },
    yulu: {
      term: (id: string, work: 'compare' | 'graduates') => post<A.Job>(`/yulu/term_batch/${enc(id)}/${work}`),
    },
    relapse: {
      scanCard: (picture: Blob) => upload<A.CardReading>('/relapse/scan/idcard', { front: picture }),
      receiveBatch: (item: string, file: File, period: string) => upload<A.Job>('/relapse/dept_batch/receive', { item, period, file }),
      approveDispatch: (id: string, opinion: string) => post<A.Job>(`/relapse/dispatch_batch/${enc(id)}/approve`, { opinion }),
      takeSecret: (id: string) => post<{ key_no: string; secret: string }>(`/relapse/dept_key/${enc(id)}/secret`, {}),
      packPreview: (query: string, region: string) => post<A.PackPreview>('/relapse/task_pack/preview', { query, region }),
      steward: (q: Query) => get<A.StewardSummary>('/relapse/steward', q),
      stewardLines: (q: Query) => get<A.StewardList>('/relapse/steward/lines', q),
      stewardLine: (id: string) => get<A.StewardLine>(`/relapse/steward/lines/${enc(id)}`),
      stewardDecide: (id: string, b: Record<string, unknown>) => post<A.Row>(`/relapse/steward/lines/${enc(id)}/decide`, b),
      stewardUndo: (id: string) => post<A.Row>(`/relapse/steward/lines/${enc(id)}/undo`, {}),
      stewardNobody: (lines: { id: string; row_version: number }[], note: string) => post<{ done: string[]; left: { id: string; code: string; reason: string }[] }>('/relapse/steward/nobody', { lines, note }),
      taskPack: (b: Record<string, unknown>) => post<A.Job>('/relapse/task_pack', b),
      verifyDraft: (clue: string) => get<A.VerifyDraft>(`/relapse/clue/${enc(clue)}/verify_draft`),
      models: () => get<unknown>('/relapse/model'),
      model: (id: string) => get<unknown>(`/relapse/model/${enc(id)}`),
      checkModel: (values: readonly object[]) => post<unknown>('/relapse/model/check', { values }),
      saveModel: (id: string, values: readonly object[], stamp: string) => call<unknown>('PUT', `/relapse/model/${enc(id)}/values`, { values, stamp }),
      replayModel: (id: string) => post<A.Job>(`/relapse/model/${enc(id)}/replay`, {}),
      outcomes: (q: Query) => get<unknown>('/relapse/model/outcomes', q),
    },
    profile: (household: string) => get<A.Profile>(`/household/${enc(household)}/profile`),
  };
}

function readProblem(status: number, text: string): A.Problem {
  try {
    const p = JSON.parse(text) as Partial<A.Problem>;
    if (typeof p.detail === 'string' || typeof p.title === 'string') {
      return { ...p, title: p.title ?? '', status, code: p.code ?? `http.${status}`, detail: p.detail ?? p.title ?? '' };
    }
  } catch {
    // not a problem document: a proxy or a crash answered
  }
  return { title: '服务器没有正常答复', status, code: `http.${status}`, detail: `服务器没有正常答复（${status}），请稍后重试。` };
}
