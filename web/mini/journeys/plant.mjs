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

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/** A number of nobody: 360199 is the code of no county; the check digit is right (GB 11643). */
function nobody(n) {
  const body = `360199${1950 + (n % 50)}${String(1 + (n % 12)).padStart(2, '0')}${String(1 + (n % 28)).padStart(2, '0')}${String(n % 1000).padStart(3, '0')}`;
  const sum = [...body].reduce((a, c, i) => a + Number(c) * WEIGHTS[i], 0);
  return body + '10X98765432'[sum % 11];
}
/** Does `work` for 0 … n-1, eight at a time. */
async function crowd(n, work) {
  let next = 0;
  await Promise.all([...Array(8)].map(async () => {
    while (next < n) await work(next++);
  }));
}
/** `n` more households of the tour's village, each with a clue that waits for the village. */
export async function many(world, n) {
  const { county, town, village, clues: [{ household: like }] } = world;
  const ids = [];
  await crowd(n, async (i) => {
    const household = await village.post('/registry/household', {
      region_code: like.region_code, household_no: `${like.region_code}${800000 + i}`, head_name: `某${'甲乙丙丁戊己庚辛壬癸'[i % 10]}${'子丑寅卯辰巳午未申酉戌亥'[i % 12]}`, head_id_no: nobody(i),
      hukou_count: 1 + (i % 6), income_pop: 1 + (i % 6), phone: `1990001${String(i).padStart(4, '0')}`, hukou_address: '某村某组', household_type: '01', relocation_flag: false, household_status: '01',
    });
    const clue = await county.post('/relapse/clue', {
      region_code: like.region_code, line: '02', raw_name: household.head_name, raw_region: '某村', household_id: household.id, trigger_text: `2026-10 住院累计个人负担 ${20000 + i} 元`, risk_hint: ['01'],
    });
    ids.push(clue.id);
  });
  for (let i = 0; i < ids.length; i += 100) {
    const done = await town.post('/relapse/clue/transitions/accept', { ids: ids.slice(i, i + 100), opinion: '' });
    if (done.failed.length) throw new Error(JSON.stringify(done.failed[0]));
  }
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
