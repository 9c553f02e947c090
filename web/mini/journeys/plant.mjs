/** People and clues for the walks, made through the API as the offices would make them. */
export class Person {
  constructor(base) {
    this.base = base;
  }
  static async signIn(base, login_name, password) {
    const p = new Person(base);
    const r = await fetch(`${base}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login_name, password }) });
    if (!r.ok) throw new Error(`${login_name}: ${r.status} ${await r.text()}`);
    p.cookie = r.headers.getSetCookie()[0].split(';')[0];
    p.me = await r.json();
    return p;
  }
  async call(method, path, body, more = {}) {
    const r = await fetch(`${this.base}/api/v1${path}`, {
      method, headers: { cookie: this.cookie, 'x-csrf-token': this.me.csrf, ...(body ? { 'content-type': 'application/json' } : {}), ...more }, ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await r.text();
    const json = text ? JSON.parse(text) : null;
    if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${text}`);
    return json;
  }
  get = (path) => this.call('GET', path);
  post = (path, body) => this.call('POST', path, body);
}

/** `n` clues for households of the tour's village, accepted by the township: they wait for the village. */
export async function clues(base, password, n) {
  const [province, county, town, village] = await Promise.all(['shengji', 'xianji', 'xiangzhen', 'cunji'].map((l) => Person.signIn(base, l, password)));
  const households = (await village.get(`/registry/household?limit=${Math.min(n, 500)}`)).items;
  if (!households.length) throw new Error('the village has no households');
  const out = [];
  for (let i = 0; i < n; i += 1) {
    const h = households[i % households.length];
    const clue = await county.post('/relapse/clue', {
      region_code: h.region_code, line: '02', raw_name: h.head_name, raw_region: h.region_name ?? '某村', household_id: h.id, trigger_text: `2026-10 住院累计个人负担 ${20000 + i} 元`, risk_hint: ['01'],
    });
    out.push({ id: clue.id, household: h });
  }
  // what a county enters lies before the township at once
  for (let i = 0; i < out.length; i += 50) {
    const done = await town.post('/relapse/clue/transitions/accept', { ids: out.slice(i, i + 50).map((c) => c.id), opinion: '' });
    if (done.failed.length) throw new Error(JSON.stringify(done.failed[0]));
  }
  return { province, county, town, village, clues: out };
}
export const plant = (base, password) => clues(base, password, 6);
