/** The other records of the telephone: patrol, follow-up visit, village meeting, notice; each drawn from its description, with photographs. */

export function others(h) {
  const { want, signIn, press, field, say, pick, choose, takePhotos, sign } = h;

  /** The first record found under a reference; its title. */
  async function refer(page, name, find) {
    await field(page, name).locator('.input').first().click();
    const sheet = page.locator('.sheet:visible').last();
    if (find) await sheet.locator('input').first().fill(find);
    const option = sheet.locator('[role=option]', { hasText: find ?? /./ }).first();
    await option.waitFor();
    await page.waitForTimeout(400); // the sheet has risen
    const title = (await option.locator('uni-text, text, span').first().textContent()).trim();
    await option.click();
    await option.waitFor({ state: 'hidden' });
    return title;
  }
  async function open(kit, dataset, query = '') {
    await kit.page.goto(`${kit.base}/m/#/more/form?dataset=${dataset}${query}`);
    await kit.page.locator('[data-field]').first().waitFor();
  }
  async function handIn(kit, text = '提交') {
    await press(kit.page, text);
    await kit.page.getByText('断网、退出都不会丢失').waitFor();
    await kit.page.getByText('待发送').waitFor({ state: 'hidden', timeout: 40_000 });
    await kit.page.getByText('已发送').first().waitFor();
  }
  const files = async (kit, dataset, id) => (await kit.world.town.get(`/${dataset.replace('.', '/')}/${id}/attachments`)).items;
  /** What came last. */
  const newest = async (kit, dataset) => (await kit.world.town.get(`/${dataset.replace('.', '/')}?sort=-updated_at&limit=1`)).items[0];

  /** A grid worker goes round: something is found, and the township has it as a clue. */
  async function patrol(kit) {
    const { page, shot, world } = kit;
    await signIn(kit);
    await page.goto(`${kit.base}/m/#/pages/me/me`);
    await page.getByText('干部走访排查').click();
    await page.getByText('＋ 新增').waitFor();
    await press(page, '＋ 新增');
    await page.locator('[data-field]').first().waitFor();
    const household = await refer(page, 'household_id');
    await refer(page, 'visitor_id');
    await field(page, 'focus_groups').locator('.chip').first().click();
    for (const f of ['edu_ok', 'house_ok', 'water_ok']) await pick(page, f, '是');
    await pick(page, 'med_ok', '否');
    await field(page, 'income_hint').locator('.chip').last().click();
    await say(page, 'expense_hint', '18000');
    await shot('patrol');
    await pick(page, 'found', '是');
    await press(page, '提交');
    await page.getByText('还有内容没有填好').waitFor();
    await field(page, 'risk_types').locator('.chip').first().click();
    await say(page, 'text', '户主近期住院，自付费用较高，家庭收入减少。');
    await takePhotos(page, 'photos', 1);
    await page.waitForTimeout(400);
    await shot('patrol-found');
    await handIn(kit);
    const row = await newest(kit, 'relapse.patrol');
    want(row.found === true && row.expense_hint === 1800000, `the patrol is kept: ${JSON.stringify(row)}`);
    want((await files(kit, 'relapse.patrol', row.id)).filter((f) => f.mime === 'image/jpeg').length === 1, 'its photograph is there');
    want(row.to_clue_id, 'what was found became a clue');
    const clue = await world.town.get(`/relapse/clue/${row.to_clue_id}`);
    want(clue.household_id === row.household_id && household, `the clue is about the household: ${JSON.stringify(clue)}`);
  }

  /** A helper visits a household that is monitored, without signal; it goes out when the signal is back. */
  async function followUp(kit) {
    const { page, shot, world } = kit;
    await signIn(kit);
    const [monitored] = (await world.town.get('/relapse/monitor_case?limit=1')).items;
    await open(kit, 'relapse.visit');
    await refer(page, 'case_id');
    const filled = await field(page, 'household_id').locator('.input').textContent();
    if (/请选择/.test(filled)) await refer(page, 'household_id', monitored.household_id__title);
    await refer(page, 'visitor_id');
    await kit.context.setOffline(true);
    await field(page, 'way').locator('.chip').first().click();
    await say(page, 'present_person', '受访人丙');
    for (const f of ['income_change', 'expense_change']) await field(page, f).locator('.chip').nth(1).click();
    for (const f of ['edu_worse', 'house_worse', 'med_worse', 'water_worse']) await pick(page, f, '否');
    await field(page, 'risk_judge').locator('.chip').last().click();
    await say(page, 'content', '入户了解家庭近况，务工收入稳定，子女在校，住房安全，饮水正常，帮扶措施均已落实。');
    await takePhotos(page, 'photos', 1);
    await sign(kit, 'sign');
    await shot('follow-up');
    await press(page, '提交');
    await page.getByText('待发送').first().waitFor();
    await kit.context.setOffline(false);
    await page.getByText('已发送').first().waitFor({ timeout: 180_000 });
    const row = await newest(kit, 'relapse.visit');
    want(row.present_person?.startsWith('受') && row.lon, `the visit is kept with its place: ${JSON.stringify(row)}`);
    const there = await files(kit, 'relapse.visit', row.id);
    want(there.filter((f) => f.field === 'photos').length === 1 && there.filter((f) => f.field === 'sign').length === 1, `photograph and signature, found ${there.map((f) => f.field)}`);
  }

  /** The village votes; minutes, list of those present and a photograph are photographed. */
  async function meeting(kit) {
    const { page, shot, world } = kit;
    await signIn(kit);
    await open(kit, 'relapse.review_meeting');
    await field(page, 'meeting_kind').locator('.chip').first().click();
    await say(page, 'place', '村委会会议室');
    await say(page, 'host', '主持人甲');
    await say(page, 'recorder', '记录人乙');
    await say(page, 'supervisor', '派员丙');
    await say(page, 'should_attend', '30');
    await say(page, 'attend', '12');
    await press(page, '＋ 添加评议事项');
    await field(page, 'matter').locator('.chip').first().click();
    await refer(page, 'household_id', world.clues[2].household.head_name);
    await refer(page, 'clue_id');
    await say(page, 'agree', '20');
    await say(page, 'against', '3');
    await say(page, 'abstain', '2');
    await field(page, 'result').locator('.chip').first().click();
    await shot('meeting-case');
    await press(page, '完成');
    for (const f of ['minutes', 'sign_sheet', 'photos']) await takePhotos(page, f, 1);
    await press(page, '提交');
    await page.getByText('需要处理').first().waitFor({ timeout: 40_000 });
    await page.getByText('实到人数不能多于应到人数').first().waitFor();
    await page.waitForTimeout(600); // the button has come to rest
    await shot('meeting-refused');
    // too few were there: what was written is opened again and corrected
    await press(page, '去处理');
    await say(page, 'attend', '25');
    await page.waitForTimeout(600);
    await shot('meeting');
    await handIn(kit);
    const row = await newest(kit, 'relapse.review_meeting');
    want(/^PY\d{20}$/.test(row.meeting_no) && row.attend === 25, `the meeting is kept and numbered: ${JSON.stringify(row)}`);
    const votes = (await world.town.get(`/relapse/meeting_case?meeting_id=${row.id}`)).items;
    want(votes.length === 1 && votes[0].agree === 20, `its vote is kept: ${JSON.stringify(votes)}`);
    const fields = (await files(kit, 'relapse.review_meeting', row.id)).map((f) => f.field).sort();
    want(String(fields) === 'minutes,photos,sign_sheet', `three photographs, found ${fields}`);
  }

  /** The notice hangs: photographed at its start, and again at its end. */
  async function notice(kit) {
    const { page, shot, world } = kit;
    await signIn(kit);
    await open(kit, 'relapse.publicity');
    await say(page, 'title', '拟纳入监测对象公示');
    await day(page, 'start_date', false);
    await day(page, 'end_date', true);
    await say(page, 'places', '村委会公示栏、一组公示栏');
    await takePhotos(page, 'photo_start', 1);
    await press(page, '＋ 添加公示户');
    await refer(page, 'household_id', world.clues[2].household.head_name);
    await field(page, 'monitor_type').locator('.chip').last().click();
    await say(page, 'group_name', '一组');
    await press(page, '完成');
    await page.locator('[data-rows="relapse.publicity_case"]').getByText(world.clues[2].household.head_name).waitFor();
    await page.waitForTimeout(400);
    await shot('publicity');
    await handIn(kit);
    const row = await newest(kit, 'relapse.publicity');
    const cases = (await world.town.get(`/relapse/publicity_case?publicity_id=${row.id}`)).items;
    want(row.body && cases.length === 1 && cases[0].head_name && cases[0].population > 0, `the notice has its text and its household: ${JSON.stringify(cases)}`);
    // six days later the end is photographed into the same record
    await page.goto(`${kit.base}/m/#/more/list?dataset=relapse.publicity`);
    await page.getByText('拟纳入监测对象公示').first().click();
    await field(page, 'photo_start').getByText('已在系统').waitFor();
    await takePhotos(page, 'photo_end', 1);
    await field(page, 'result').locator('.chip').first().click();
    await page.waitForTimeout(400);
    await shot('publicity-end');
    await handIn(kit, '保存修改');
    const fields = (await files(kit, 'relapse.publicity', row.id)).map((f) => f.field).sort();
    want(String(fields) === 'photo_end,photo_start', `both photographs, found ${fields}`);
  }
  /** A day from the wheels: today, or a month later. */
  async function day(page, name, later) {
    await field(page, name).locator('.input').first().click();
    const wheels = page.locator('.t-picker-item__group:visible');
    await wheels.nth(2).waitFor();
    await page.waitForTimeout(500); // the wheels have come to rest
    if (later) {
      const month = wheels.nth(1).locator('.t-picker-item__item--active + .t-picker-item__item');
      await ((await month.count()) ? month : wheels.nth(0).locator('.t-picker-item__item--active + .t-picker-item__item')).first().click();
      await page.waitForTimeout(500);
    }
    await page.locator('.t-picker__confirm:visible').click();
    await field(page, name).getByText(/\d{4}-\d\d-\d\d/).waitFor();
  }

  return {
    'a patrol finds something and the township has the clue': patrol,
    'a follow-up visit is recorded without signal': followUp,
    'a village meeting is recorded with its photographs': meeting,
    'a notice is photographed when it is hung and when it is taken down': notice,
  };
}
