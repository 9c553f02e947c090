/** The page dies after every single step of a visit, and before or after every answer of the server: nothing is lost, nothing arrives twice. */

/** Runs in the page: asks the walk what becomes of a write before it goes out. */
function between() {
  const real = window.fetch.bind(window);
  const forever = () => new Promise(() => undefined);
  window.fetch = async (url, init) => {
    const key = init?.headers?.['Idempotency-Key'] ?? init?.headers?.['idempotency-key'];
    if (!key || !window.fateOf) return real(url, init);
    const fate = await window.fateOf(key, `${init.method} ${url}`);
    if (fate === 'before') return forever();
    const answer = await real(url, init);
    if (fate !== 'after') return answer;
    await answer.arrayBuffer();
    await window.fateOf(key, 'arrived');
    return forever();
  };
}

export function killed(h) {
  const { want, signIn, press, field, say, pick, choose, step, takePhotos, sign, openVisit } = h;
  const text = (page, name) => field(page, name).locator('input, textarea').first().inputValue();
  const chosen = async (page, name, label) => /\bon\b/.test((await field(page, name).getByText(label, { exact: true }).first().getAttribute('class')) ?? '') || (await field(page, name).locator('.on', { hasText: label }).count()) > 0;
  const STEPS = [
    ['who', (k) => say(k.page, 'met_person', '受访人乙'), async (p) => (await text(p, 'met_person')) === '受访人乙'],
    ['who', (k) => say(k.page, 'distance_note', '在村委会集中填表'), async (p) => (await text(p, 'distance_note')) === '在村委会集中填表'],
    ['family', (k) => pick(k.page, 'members_ok', '是'), (p) => chosen(p, 'members_ok', '是')],
    ['expense', async (k) => {
      await press(k.page, '＋ 添加一笔支出');
      await choose(k.page, 'kind', '医疗');
      await say(k.page, 'total', '26380');
      await say(k.page, 'reimbursed', '10000');
      await k.page.waitForTimeout(600);
      await press(k.page, '完成');
    }, async (p) => (await p.getByText('医疗').count()) > 0 && (await p.getByText(/16,?380/).count()) > 0],
    ...['food_ok', 'clothes_ok'].map((f) => ['security', (k) => pick(k.page, f, '是'), (p) => chosen(p, f, '是')]),
    ...['edu_problem', 'house_problem', 'med_problem', 'water_problem'].map((f) => ['security', (k) => pick(k.page, f, '否'), (p) => chosen(p, f, '否')]),
    ['assets', (k) => pick(k.page, 'no_obligor', '是'), (p) => chosen(p, 'no_obligor', '是')],
    ['result', (k) => pick(k.page, 'self_cope', '不能'), (p) => chosen(p, 'self_cope', '不能')],
    ['result', (k) => pick(k.page, 'risk_confirmed', '是'), (p) => chosen(p, 'risk_confirmed', '是')],
    ['result', async (k) => {
      await choose(k.page, 'risk_types', '病').catch(async () => field(k.page, 'risk_types').locator('.chip').first().click());
      if (await k.page.locator('uni-button:visible', { hasText: '选好了' }).count()) await press(k.page, '选好了');
    }, async (p) => /病/.test((await field(p, 'risk_types').textContent()) ?? '')],
    ['result', (k) => pick(k.page, 'suggest', '建议纳入'), (p) => chosen(p, 'suggest', '建议纳入')],
    ['result', (k) => say(k.page, 'suggest_text', '户主住院自付较高，家庭难以承担，建议纳入监测。'), async (p) => (await text(p, 'suggest_text')).startsWith('户主住院自付较高')],
    ['sign', (k) => takePhotos(k.page, 'photos', 3), async (p) => (await field(p, 'photos').getByText('已有 3 张').count()) > 0],
    ['sign', async (k) => {
      await press(k.page, '＋ 添加核查人');
      await choose(k.page, 'user_id', '乡镇');
      await press(k.page, '完成');
    }, async (p) => (await p.getByText('乡镇监测岗').count()) > 0],
    ['sign', (k) => sign(k, 'householder_sign'), async (p) => (await field(p, 'householder_sign').locator('uni-image, img').count()) > 0],
    ['sign', (k) => sign(k, 'verifier_sign'), async (p) => (await field(p, 'verifier_sign').locator('uni-image, img').count()) > 0],
  ];
  return async (kit) => {
    const { world, base, context } = kit;
    const clue = world.clues[2];
    await context.addInitScript(between);
    const fates = new Map();
    let dead = '';
    await context.exposeFunction('fateOf', (key, what) => {
      if (what === 'arrived') {
        dead = `after ${key}`;
        return 'go';
      }
      if (fates.has(key)) return 'go';
      const fate = fates.size % 2 ? 'after' : 'before';
      fates.set(key, `${fate} ${what}`);
      if (fate === 'before') dead = `before ${key}`;
      return fate;
    });
    await signIn(kit);
    await openVisit(kit, clue);
    for (const [name, work, there] of STEPS) {
      await step(kit.page, name);
      await work(kit);
      await kit.page.waitForTimeout(500);
      const page = await kit.killPage();
      await page.goto(`${base}/m/#/visit/form?clue=${clue.id}`);
      await field(page, 'met_person').waitFor();
      await step(page, name);
      await page.waitForTimeout(400);
      want(await there(page), `after the page died, the step ${STEPS.findIndex((s) => s[1] === work) + 1} (${name}) is still there`);
    }
    await step(kit.page, 'sign');
    await press(kit.page, '提交核查');
    let kills = 0;
    for (;;) {
      const until = Date.now() + 40_000;
      while (!dead && Date.now() < until && !(await kit.page.getByText('已发送').count())) await kit.page.waitForTimeout(60);
      if (!dead) break;
      dead = '';
      kills += 1;
      const page = await kit.killPage();
      await page.goto(`${base}/m/#/pages/outbox/outbox`);
      await page.getByText('草稿与待发').or(page.getByText('正在发送')).or(page.getByText('已发送')).first().waitFor();
      const again = page.locator('uni-button:visible', { hasText: '立即发送' });
      if (!dead && (await again.count())) await again.last().click().catch(() => undefined);
    }
    await kit.page.getByText('已发送').first().waitFor();
    want(kills === fates.size && kills > 10, `${kills} deaths over ${fates.size} writes`);
    const { town } = world;
    want((await town.get(`/relapse/clue/${clue.id}`)).state === '40', 'the clue waits for review');
    const forms = (await town.get(`/relapse/verify_form?clue_id=${clue.id}`)).items;
    want(forms.length === 1 && forms[0].met_person === '受访人乙', `one form with what was typed, found ${forms.length}`);
    const files = (await town.get(`/relapse/verify_form/${forms[0].id}/attachments`)).items;
    want(files.length === 5, `five pictures, found ${files.length}`);
    for (const [dataset, n] of [['verify_verifier', 2], ['verify_expense', 1], ['visit_burden', 1]]) {
      const rows = (await town.get(`/relapse/${dataset}?form_id=${forms[0].id}`)).items;
      want(rows.length === n, `${n} of ${dataset}, found ${rows.length}`);
    }
    process.stdout.write(`      ${STEPS.length} steps, ${kills} deaths between writes\n`);
  };
}
