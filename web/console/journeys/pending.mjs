/** A county officer finds 200 households that wait for its decision, decides them together and takes the list away, all on one page. */
function want(condition, text) {
  if (!condition) throw new Error(text);
}
const N = 200;

async function twoHundred({ page, base, signIn, shot, sql }) {
  const api = (path) => page.evaluate((p) => fetch(`/api/v1${p}`).then((r) => r.json()), path);
  await signIn('xianji');
  const sample = (await api('/registry/household?limit=1')).items[0];
  const county = sample.region_code.slice(0, 6);
  // a small province has fewer households in one county: the others are twins of one, each with its check reported and confirmed
  sql(`
    insert into reg.household select (jsonb_populate_record(h, jsonb_build_object('id', gen_random_uuid(), 'household_no', h.household_no || 'D' || n, 'head_name', '待审' || n, 'is_monitored', false,
        'head_id_no_cipher', null, 'head_id_no_token', null, 'bank_account_cipher', null, 'bank_account_token', null))).*
      from reg.household h cross join generate_series(1, ${N}) n where h.id = '${sample.id}';
    insert into relapse.clue (id, region_code, clue_no, line, raw_name, household_id, trigger_text, risk_hint, level, state, due_at)
      select gen_random_uuid(), region_code, 'XSD' || household_no, '03', head_name, id, '走访发现，已经评议和公示', array['01'], '2', '71', now() + interval '3 days'
        from reg.household where head_name like '待审%' and region_code like '${county}%';
    insert into relapse.economic_check (id, region_code, household_id, state, valid_to)
      select gen_random_uuid(), region_code, id, '70', current_date + 90 from reg.household where head_name like '待审%' and region_code like '${county}%';`);

  await page.goto(`${base}/data/relapse/clue?state=71`);
  await page.locator('table tbody tr').first().waitFor();
  const total = (await api('/relapse/clue?state=71&limit=1&count=true')).count;
  want(total >= N, `only ${total} wait for the county`);
  await shot('pending-01-list');
  while (await page.getByRole('button', { name: /^再看/ }).count()) {
    const before = await page.locator('.foot').innerText();
    await page.getByRole('button', { name: /^再看/ }).click();
    await page.waitForFunction((t) => document.querySelector('.foot')?.textContent !== t, before);
    await page.waitForTimeout(150);
  }
  await page.locator('table thead input[type=checkbox]').first().check({ force: true });
  await page.getByText(`已选 ${total} 条`).waitFor();
  await page.getByRole('button', { name: '批量办理' }).click();
  await page.locator('.t-dropdown__item', { hasText: '审定纳入' }).click();
  await page.locator('.t-dialog:visible #f-decide_doc_no').fill('东农字〔2026〕13号');
  await page.locator('.t-dialog:visible textarea').last().fill('经研究，同意纳入监测。');
  await shot('pending-02-decide');
  const began = Date.now();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '审定纳入', exact: true }).click();
  await page.getByText(`已办理 ${total} 条`).first().waitFor({ timeout: 120_000 });
  process.stdout.write(`      ${total} decided in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
  want((await api('/relapse/clue?state=71&limit=1&count=true')).count === 0, 'some wait still');
  // others were included before these: all pages are read
  const included = [];
  for (let next = ''; next !== null; ) {
    const part = await api(`/relapse/clue?state=79&limit=200${next && `&after=${encodeURIComponent(next)}`}`);
    included.push(...part.items.filter((c) => c.raw_name.startsWith('待审')));
    next = part.next;
  }
  want(included.length >= N - 1 && included.every((c) => c.decide_doc_no === '东农字〔2026〕13号'), `${included.length} carry the document`);

  // the same list, now of those that were included, as a workbook
  await page.goto(`${base}/data/relapse/clue?state=79`);
  await page.locator('table tbody tr').first().waitFor();
  await shot('pending-03-included');
  await page.getByRole('button', { name: '导出', exact: true }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '开始导出' }).click();
  await page.getByText('已开始导出').first().waitFor();
  const job = await page.evaluate(async () => {
    for (let i = 0; i < 120; i++) {
      const mine = await fetch('/api/v1/jobs?limit=5').then((r) => r.json());
      const j = mine.items[0];
      if (j && ['done', 'failed'].includes(j.state)) return j;
      await new Promise((ok) => setTimeout(ok, 500));
    }
    return null;
  });
  want(job?.state === 'done', `the export ended as ${JSON.stringify(job)}`);
  const got = await page.evaluate((id) => fetch(id).then(async (r) => ({ status: r.status, size: (await r.arrayBuffer()).byteLength, type: r.headers.get('content-type') ?? '' })), job.result.download);
  want(got.status === 200 && got.size > 8_000 && got.type.includes('sheet'), `the workbook: ${JSON.stringify(got)}`);
}

export const pending = { 'a county officer decides two hundred households on one page and exports them': twoHundred };
