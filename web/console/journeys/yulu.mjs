/** A term of the scheme for students: compared, verified, approved, paid with one failure put right; the county reads what was done. */
function want(condition, text) {
  if (!condition) throw new Error(text);
}
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const day = (n) => new Date(Date.now() + 8 * 3600e3 - n * 86400e3).toISOString().slice(0, 10);
/** An identity number of a place that has no county. */
function number(year, serial) {
  const first = `999901${year}0501${String(serial).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return first + '10X98765432'[[...first].reduce((n, c, i) => n + Number(c) * weights[i], 0) % 11];
}

async function term({ page, base, signIn, shot, sql }) {
  const api = (path) => page.evaluate((p) => fetch(`/api/v1${p}`).then((r) => r.json()), path);
  const as = async (login) => {
    await page.context().clearCookies();
    await signIn(login);
  };
  const send = (method, path, body) =>
    page.evaluate(async ([m, p, b]) => {
      const { csrf } = await fetch('/api/v1/me').then((r) => r.json());
      const r = await fetch(`/api/v1${p}`, { method: m, headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body: JSON.stringify(b) });
      const got = await r.json().catch(() => null);
      if (!r.ok) throw new Error(`${p}: ${r.status} ${JSON.stringify(got)}`);
      return got;
    }, [method, path, body]);
  const attach = (dataset, row, field) =>
    page.evaluate(async ([d, id, name, data]) => {
      const { csrf } = await fetch('/api/v1/me').then((r) => r.json());
      const f = new FormData();
      f.append('field', name);
      f.append('file', new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: 'image/png' }), '批复.png');
      const r = await fetch(`/api/v1/yulu/${d}/${id}/attachments`, { method: 'POST', headers: { 'x-csrf-token': csrf }, body: f });
      if (!r.ok) throw new Error(await r.text());
    }, [dataset, row, field, png]);
  /** A step taken by its button; what it asks for is filled in first. */
  const act = async (at, label, fill = async () => undefined, said = `已${label}`) => {
    await page.goto(at);
    await page.locator('.flow').getByRole('button', { name: label, exact: true }).click();
    await fill();
    await page.locator('.t-dialog:visible').getByRole('button', { name: label, exact: true }).click();
    await page.getByText(said).first().waitFor();
  };
  const date = (field, value) => async () => {
    const box = page.locator(`.t-dialog:visible .field[data-field="${field}"] input`).first();
    await box.fill(value);
    await box.press('Enter');
  };

  // two students of one village: the register has one of them in a vocational school
  await signIn('cunji');
  const home = (await api('/me')).post.region_code;
  const [first, second] = (await api('/registry/household?limit=20&household_status=01')).items;
  want(first && second, 'no two households in the village');
  sql(`update reg.household set household_type = '02' where id in ('${first.id}', '${second.id}')`);
  const year = Number(day(0).slice(0, 4)) - (Number(day(0).slice(5, 7)) < 8 ? 1 : 0);
  const student = (household, name, serial, status) =>
    send('POST', '/registry/member', {
      household_id: household.id, name, gender: Number(number(year - 16, serial)[16]) % 2 ? '1' : '2', id_type: '01', id_no: number(year - 16, serial), birth_date: `${year - 16}-05-01`, nation: '01', relation: Number(number(year - 16, serial)[16]) % 2 ? '03' : '04', member_status: '01',
      health: ['01'], labor_skill: '05', student_status: status, school_name: '赣北现代职业中专学校', school_region: '江西省九江市', ins_resident_med: true, ins_employee_med: false, ins_major_illness: true,
    });
  const a = await student(first, '张小松', 1, '11');
  const b = await student(second, '李小梅', 2, '10');

  // the province: a term, the rolls, the comparison with its receipt
  await as('shengji');
  const made = await send('POST', '/yulu/term_batch', {
    region_code: '360000000000', school_year: year, term: '1', base_date: `${year + 1}-03-01`, age_min: 13, age_max: 30, roll_due: `${year + 1}-04-10`,
    verify_due: `${year + 1}-04-30`, approve_due: `${year + 1}-05-20`, pay_due: `${year + 1}-06-15`,
  });
  const at = (dataset, id) => `${base}/data/yulu/${dataset}/${id}`;
  await act(at('term_batch', made.id), '开始学籍回传');
  const roll = (name, serial, stage) =>
    send('POST', '/yulu/roll', {
      region_code: '360000000000', batch_id: made.id, roll_source: '1', name, id_no: number(year - 16, serial), school_code: '4136990001', school_name: '赣北现代职业中专学校',
      school_province: '36', school_city: '九江市', school_type: stage, study_years: '3', study_form: '1', grade: 2, enroll_ym: (year - 1) * 100 + 9, expect_grad_ym: (year + 2) * 100 + 7, roll_status: '1',
    });
  await roll('张小松', 1, '11');
  await roll('李小梅', 2, '11');
  await roll('王无户', 3, '11');
  await page.goto(at('term_batch', made.id));
  await page.getByRole('button', { name: '比对并派发' }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '开始', exact: true }).click();
  await page.locator('section[aria-label="比对回执"]').waitFor({ timeout: 120_000 });
  await shot('yulu-01-comparison');
  const compared = (await api(`/yulu/comparison?batch_id=${made.id}`)).items[0];
  want(compared.rolls === 3 && compared.same === 2 && compared.unknown === 1, `the comparison: ${JSON.stringify(compared)}`);
  await page.locator('.t-dialog:visible').getByRole('button', { name: '关闭' }).click();
  await page.waitForLoadState('load');
  await page.getByText('核实中').first().waitFor();
  await page.getByText('比对记录').first().click();
  await page.locator('table tbody tr').first().waitFor();
  await shot('yulu-02-term');
  const of = async (member) => (await api(`/yulu/verify?batch_id=${made.id}&person_id=${member.id}`)).items[0];
  const [va, vb] = [await of(a), await of(b)];
  want(va?.match_result === '1' && vb?.match_result === '1', 'both are found by their numbers');

  // the village: nothing given is refused, then both are verified
  await as('cunji');
  await page.goto(at('verify', va.id));
  await page.locator('.flow').getByRole('button', { name: '提交核实结果' }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '提交核实结果' }).click();
  await page.locator('.t-dialog:visible').getByText('没有填写核实结果').waitFor();
  await shot('yulu-03-not-whole');
  // one on the telephone, the other at the desk; the village reads names as they are
  for (const v of [va, vb]) v.name = (await api(`/yulu/verify/${v.id}`)).name;
  await onPhone({ page, base, shot }, va, { payee: number(year - 16, 1), today: day(0) });
  want((await api(`/yulu/verify/${va.id}`)).state === '30', 'what the telephone sent waits for the township');
  await send('PATCH', `/yulu/verify/${vb.id}`, {
    row_version: (await api(`/yulu/verify/${vb.id}`)).row_version, verify_method: '1', verify_result: '1', payee_name: vb.name, payee_id_no: number(year - 16, 2), payee_rel: '1', bank_name: '某农村商业银行', bank_account: '621700000000',
    guardian_phone: '13900000001', verifier: '王村干', verify_date: day(0),
  });
  await act(at('verify', vb.id), '提交核实结果');

  // the township audits and hangs the notice; it is not over on the day it is hung
  await as('xiangshen');
  for (const v of [va, vb]) await act(at('verify', v.id), '乡镇通过并公示', date('publicity_from', day(0)));
  await as('xiangzhen');
  await page.goto(at('verify', va.id));
  await page.locator('.flow').getByRole('button', { name: '公示期满，转县审' }).click();
  await date('publicity_to', day(0))();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '公示期满，转县审' }).click();
  await page.locator('.t-dialog:visible').getByText('应不少于').waitFor();
  await shot('yulu-04-notice-too-short');
  for (const v of [va, vb]) {
    sql(`update yulu.verify set publicity_from = publicity_from - 8 where id = '${v.id}'`);
    await act(at('verify', v.id), '公示期满，转县审', date('publicity_to', day(0)));
  }

  // the county: review, document, list; a document that differs from its list is not taken
  await as('xianji');
  const before = await figures(api, home, made.name);
  want(before.due === 2 && !before.paid, `before the county: ${JSON.stringify(before)}`);
  for (const v of [va, vb]) await act(at('verify', v.id), '县复核通过');
  const doc = await send('POST', '/yulu/approval_doc', {
    region_code: `${home.slice(0, 6)}000000`, batch_id: made.id, seq_no: 1, doc_title: '关于下达春季雨露计划补助的批复', doc_no: '演示农〔春〕1号', doc_date: day(0), issuer: '县农业农村局',
    approve_people: 2, approve_amount: 310000, stage_people_mid: 2, stage_people_high: 0, stage_amount_mid: 310000, stage_amount_high: 0, fund_source: '衔接资金', fund_doc_no: '演示财〔春〕1号',
  });
  await attach('approval_doc', doc.id, 'files');
  for (const v of [va, vb]) await send('POST', `/yulu/verify/${v.id}/transitions/list_in`, { approval_doc_id: doc.id });
  await page.goto(at('approval_doc', doc.id));
  await page.locator('.flow').getByRole('button', { name: '上传并锁定名单' }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '上传并锁定名单' }).click();
  await page.locator('.t-dialog:visible').getByText('3100 元，名单 3000 元').first().waitFor();
  await shot('yulu-05-totals-differ');
  await send('PATCH', `/yulu/approval_doc/${doc.id}`, { row_version: (await api(`/yulu/approval_doc/${doc.id}`)).row_version, approve_amount: 300000, stage_amount_mid: 300000 });
  await act(at('approval_doc', doc.id), '上传并锁定名单');
  await page.goto(at('approval_doc', doc.id));
  await page.getByText('已上传').first().waitFor();
  await shot('yulu-06-approved');

  // the money: one is paid, one comes back, its account is put right, it is paid again
  const money = async (v) => (await api(`/yulu/subsidy?batch_id=${made.id}&approval_doc_id=${doc.id}`)).items.find((m) => m.name === v.name);
  const [ma, mb] = [await money(va), await money(vb)];
  const pay = async () => {
    await date('pay_date', day(0))();
    const channel = page.locator('.t-dialog:visible .field[data-field="pay_channel"]');
    const radio = channel.locator('.t-radio', { hasText: '一卡通' });
    if (await radio.count()) return radio.click();
    await channel.locator('.t-select__wrap, .t-select-input, .t-input').first().click();
    await page.locator('.t-select__dropdown:visible .t-select-option', { hasText: '一卡通' }).first().click();
  };
  await act(at('subsidy', ma.id), '登记已发放', pay);
  await act(at('subsidy', mb.id), '登记发放失败', () => page.locator('.t-dialog:visible .field[data-field="fail_reason"] input, .t-dialog:visible .field[data-field="fail_reason"] textarea').first().fill('账号不存在'));
  await page.goto(at('subsidy', mb.id));
  await page.getByText('账号不存在').first().waitFor();
  await shot('yulu-07-payment-failed');
  want((await api(`/yulu/verify/${vb.id}`)).state === '81', 'the verification follows the failure');
  await send('POST', `/yulu/subsidy/${mb.id}/transitions/correct`, { payee_name: vb.name, payee_id_no: number(year - 16, 2), payee_rel: '1', bank_name: '某农村商业银行', bank_account: '6217000000000022' });
  await act(at('subsidy', mb.id), '登记已发放', pay);
  await page.goto(at('verify', vb.id));
  await page.getByText('已发放').first().waitFor();
  await shot('yulu-08-paid');
  want((await api(`/yulu/subsidy/${mb.id}`)).reissue_date === day(0), 'the second payment is a re-payment');

  // what the county reads is what was done
  const after = await figures(api, home, made.name);
  want(after.due === 2 && after.paid === 2 && after.money === 300000 && after.share === 100, `the county's figures: ${JSON.stringify(after)}`);
  await page.goto(`${base}/reports/yulu.t02`);
  await page.locator('table tbody tr').first().waitFor();
  await shot('yulu-09-t02');
  await page.goto(`${base}/ledgers/yulu.l01`);
  await page.locator('table tbody tr').first().waitFor();
  await shot('yulu-10-l01');
}

/** The village verifies a student on the telephone: the task, the form that its description makes, the step. */
async function onPhone({ page, base, shot }, v, { payee, today }) {
  const context = await page.context().browser().newContext({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
  await context.addCookies(await page.context().cookies());
  const phone = await context.newPage();
  const press = (label) => phone.locator('uni-button:visible, button:visible', { hasText: label }).last().click();
  const field = (name) => phone.locator(`[data-field="${name}"]`).last();
  const choose = async (name, label) => {
    const chip = field(name).locator('.chip', { hasText: label }).first();
    if (await chip.count()) return chip.click();
    await field(name).locator('.input').first().click();
    await phone.waitForTimeout(400); // the sheet has risen
    return phone.locator('[role=option]:visible', { hasText: label }).first().click();
  };
  const task = `${base}/m/#/visit/task?dataset=yulu.verify&id=${v.id}`;
  await phone.goto(task);
  await phone.getByText(v.name).first().waitFor();
  await shot('yulu-mini-task', phone);
  await press('填写');
  await field('verify_method').waitFor();
  await choose('verify_method', '入户');
  await choose('verify_result', '符合条件');
  await choose('payee_rel', '学生本人');
  for (const [name, text] of [['payee_name', v.name], ['payee_id_no', payee], ['bank_name', '某农村商业银行'], ['bank_account', '6217000000000001'], ['guardian_phone', '13900000001'], ['verifier', '王村干']])
    await field(name).locator('input').first().fill(text);
  await field('verify_method').scrollIntoViewIfNeeded();
  await shot('yulu-mini-form', phone);
  await field('verify_date').locator('.input').first().click();
  await phone.waitForTimeout(600);
  await phone.getByText('确定', { exact: true }).last().click();
  await field('verify_date').getByText(today).waitFor();
  await press('保存修改');
  const sent = async () => (await phone.evaluate((id) => fetch(`/api/v1/yulu/verify/${id}`).then((r) => r.json()), v.id)).verify_result === '1';
  for (let i = 0; i < 60 && !(await sent()); i += 1) await phone.waitForTimeout(250);
  await phone.goto('about:blank');
  await phone.goto(task);
  await press('提交核实结果');
  await press('确定');
  await phone.getByText('待乡审').first().waitFor();
  await context.close();
}

/** The county's row of the report for one term. */
async function figures(api, village, name) {
  const t = await api(`/reports/yulu.t02?region=${village.slice(0, 6)}000000&by=term`);
  return t.rows.find((r) => r.region_name === name)?.values ?? {};
}

export const yulu = { 'a term is compared, verified, approved and paid, and the county reads it': term };
