/** Made-up descriptions, codes and divisions for the stand-in. */
import { readFileSync } from 'node:fs';
import type { CodeList, Region, Row } from '@shared/api';
import type { Description, Field } from '@shared/description';

export const HOME = '360102000000';
const region = (code: string, name: string, level: number, full: string, has = true): Region => ({ code, name, full_name: full, level, has_children: has });
const CITIES = [['3601', '南昌市'], ['3602', '景德镇市'], ['3603', '萍乡市'], ['3604', '九江市'], ['3605', '新余市'], ['3606', '鹰潭市'], ['3607', '赣州市'], ['3608', '吉安市'], ['3609', '宜春市'], ['3610', '抚州市'], ['3611', '上饶市']] as const;
const COUNTIES = [['360102', '东湖区'], ['360103', '西湖区'], ['360104', '青云谱区'], ['360111', '青山湖区'], ['360112', '新建区'], ['360113', '红谷滩区'], ['360121', '南昌县'], ['360123', '安义县'], ['360124', '进贤县'], ['360171', '赣江新区直管区']] as const;
const TOWNS = ['扬子洲镇', '董家窑街道', '墩子塘街道', '大院街道', '豫章街道'];
const VILLAGES = ['前洲村', '三联村', '和平村', '滕洲村', '渔业村', '长春村', '枫林村'];
export const REGIONS: Region[] = [
  region('360000000000', '江西省', 1, '江西省'),
  ...CITIES.map(([c, n]) => region(`${c}00000000`, n, 2, `江西省${n}`)),
  ...COUNTIES.map(([c, n]) => region(`${c}000000`, n, 3, `江西省南昌市${n}`)),
  ...TOWNS.map((n, i) => region(`36010200${i + 1}000`, n, 4, `南昌市东湖区${n}`)),
  ...VILLAGES.map((n, i) => region(`36010200120${i + 1}`, n, 5, `东湖区扬子洲镇${n}`, false)),
];
const list = (id: string, title: string, items: string): CodeList => ({ id, title, items: items.split(' ').map((x) => ({ code: x.split('=')[0] ?? '', label: x.split('=')[1] ?? '' })) });
export const CODES: CodeList[] = [
  list('C01', '户类型', '01=一般农户 02=脱贫户'), list('C13', '风险状态', '0=未消除 1=已消除'), list('C20', '风险等级', '1=高 2=中 3=低'), list('C51', '性别', '1=男 2=女'),
  list('C21', '致贫返贫风险', '01=因病 02=因学 03=因残 04=因自然灾害 05=因意外事故 06=因产业项目失败 07=因务工就业不稳 08=缺劳动力 99=其他'),
  list('C06', '与户主关系', '01=户主 02=配偶 03=之子 04=之女 05=之父 06=之母'), list('C11', '健康状况', '01=健康 02=患有大病 03=患有慢性病 04=残疾'),
  list('C37', '线索状态', '10=待签收 20=待核实 30=核实中 40=乡镇复核 50=县级审定 90=已办结'), list('C17', '收入期别', '01=年度采集 02=识别时 03=消除时'),
];
const f = (name: string, label: string, kind: Field['kind'], more: Partial<Field> = {}): Field => ({ name, label, kind, in: ['form', 'ledger', 'filter', 'sheet'], ...more });
const verbs: Description['verbs'] = ['read', 'create', 'update', 'delete', 'import', 'export', 'unmask'];
const base = { hash: 'x', verbs, children: [], unmaskable: [] };
const poor = { field: 'household_type', eq: '02' };
export const DATASETS: Description[] = [
  { ...base, id: 'registry.household', title: '农户', module: 'registry', region: 'village', title_field: 'head_name', unmaskable: ['head_id_no', 'phone', 'bank_account'],
    children: [{ dataset: 'registry.member', title: '家庭成员', field: 'household_id' }, { dataset: 'registry.income_period', title: '收入', field: 'household_id' }],
    fields: [
      f('head_name', '户主姓名', 'name', { required: true, max: 20, group: '基本信息', in: ['form', 'ledger', 'filter', 'sort'] }),
      f('household_no', '户编号（省）', 'text', { derived: '村码加流水', group: '基本信息', in: ['form', 'ledger', 'sort'] }),
      f('head_id_no', '户主证件号', 'id_card', { required: true, group: '基本信息', sensitivity: 'identity' }),
      f('household_type', '户类型', 'code', { codes: 'C01', required: true, default: '01', group: '基本信息' }),
      f('out_of_poverty_year', '脱贫年度', 'year', { shown: poor, required: { when: poor }, range: [2014, 2020], group: '基本信息' }),
      f('hukou_count', '户籍人口数', 'int', { required: true, unit: '人', range: [1, 20], group: '人口', in: ['form', 'ledger', 'filter', 'sort'] }),
      f('resident_count', '常住人口数', 'int', { unit: '人', group: '人口', help: '一年内在家居住六个月以上的人数' }),
      f('income_pop', '收入计算人口', 'int', { required: true, unit: '人', group: '人口' }),
      f('phone', '户联系电话', 'phone', { required: true, sensitivity: 'contact', group: '联系' }),
      f('live_address', '居住地址', 'text', { max: 60, group: '联系', in: ['form'] }),
      f('relocation_flag', '易地搬迁户', 'bool', { group: '帮扶', synced: true }), f('risk_state', '风险状态', 'code', { codes: 'C13', group: '帮扶', derived: '监测档案' }),
      f('province_risk_level', '风险等级', 'code', { codes: 'C20', derived: '模型写入', group: '帮扶' }), f('net_pc', '人均纯收入', 'money', { group: '帮扶', in: ['form', 'ledger', 'filter', 'sort'] }),
      f('first_identify_ym', '首次识别时间', 'month', { group: '帮扶', in: ['form', 'filter'] }), f('causes', '风险类型', 'codes', { codes: 'C21', group: '帮扶' }),
      f('bank_name', '开户银行', 'text', { group: '一卡通', in: ['form'] }), f('bank_account', '一卡通账号', 'bank', { group: '一卡通', in: ['form'], sensitivity: 'bank' }),
      f('last_visit_date', '最近走访', 'date', { group: '帮扶', in: ['form', 'ledger', 'filter', 'sort'] }), f('note', '备注', 'long_text', { max: 400, group: '其他', in: ['form'] }), f('photos', '房屋照片', 'attachment', { group: '其他', in: ['form'] }),
    ] },
  { ...base, id: 'registry.member', title: '家庭成员', module: 'registry', region: 'village', title_field: 'name', parent: { dataset: 'registry.household', field: 'household_id' },
    fields: [f('household_id', '户', 'ref', { dataset: 'registry.household', required: true }), f('name', '姓名', 'name', { required: true }), f('gender', '性别', 'code', { codes: 'C51' }), f('id_no', '证件号码', 'id_card'), f('birth_date', '出生日期', 'date'), f('relation', '与户主关系', 'code', { codes: 'C06' }), f('health', '健康状况', 'codes', { codes: 'C11' })] },
  { ...base, id: 'registry.income_period', title: '收入', module: 'registry', region: 'village', title_field: 'year', parent: { dataset: 'registry.household', field: 'household_id' },
    fields: [f('household_id', '户', 'ref', { dataset: 'registry.household' }), f('year', '年度', 'year'), f('period_kind', '期别', 'code', { codes: 'C17' }), f('pop', '收入计算人口', 'int'), ...[['wage', '工资性收入'], ['operate', '生产经营性收入'], ['property', '财产性收入'], ['transfer', '转移性收入'], ['operate_cost', '经营性支出'], ['net', '纯收入'], ['net_pc', '人均纯收入']].map(([n, l]) => f(n ?? '', l ?? '', 'money'))] },
  { ...base, id: 'relapse.clue', title: '线索', module: 'relapse', region: 'village', title_field: 'clue_no', flow: { field: 'state', transitions: [{ name: 'sign', label: '签收', batch: true }] },
    fields: [f('clue_no', '线索编号', 'text'), f('household_id', '户', 'ref', { dataset: 'registry.household' }), f('level', '风险等级', 'code', { codes: 'C20' }), f('state', '状态', 'code', { codes: 'C37' }), f('due_at', '办理期限', 'moment'), f('reason', '预警原因', 'text')] },
];
/** With META set to a file of {datasets, codes}, the real descriptions are drawn over the made-up rows. */
const file = process.env['META'];
if (file) {
  const real = JSON.parse(readFileSync(file, 'utf8')) as { datasets: Description[]; codes: CodeList[] };
  for (const d of real.datasets) {
    const at = DATASETS.findIndex((x) => x.id === d.id);
    if (at >= 0) DATASETS[at] = d;
    else DATASETS.push(d);
  }
  CODES.unshift(...real.codes);
}
const NAMES = ['张建国', '李秀英', '王德福', '刘桂香', '陈水根', '杨春花', '黄长生', '赵细妹', '周发根', '吴冬英', '徐满堂', '孙招娣', '胡金水', '朱凤莲', '高有才', '林小红', '何来福', '郭桃花', '马根生', '罗秋菊'];
const pad = (n: number, w: number): string => String(n).padStart(w, '0');
const day = (d: number): string => new Date(Date.now() + d * 86_400_000).toISOString();
export const ROWS: Record<string, Row[]> = {
  'registry.household': Array.from({ length: 137 }, (_, i) => {
    const v = i % VILLAGES.length;
    return { id: `h${i}`, region_code: `36010200120${v + 1}`, region_name: `扬子洲镇${VILLAGES[v] ?? ''}`, row_version: 3, source: i % 3 ? '02' : '01', created_at: day(-400), updated_at: day(-i), updated_by_name: '熊志强', _masked: ['head_id_no', 'phone', 'bank_account'],
      head_name: NAMES[i % NAMES.length] ?? '', household_no: `36010200120${v + 1}${pad(i, 6)}`, head_id_no: `360102********${pad(1000 + i, 4)}`, household_type: i % 3 ? '01' : '02', out_of_poverty_year: i % 3 ? null : 2014 + (i % 7), hukou_count: 1 + (i % 6), resident_count: 1 + (i % 4), income_pop: 1 + (i % 6),
      phone: `138****${pad(1000 + i, 4)}`, live_address: `${VILLAGES[v] ?? ''}${1 + (i % 9)}组`, relocation_flag: i % 11 === 0, risk_state: i % 5 === 0 ? '0' : i % 7 === 0 ? '1' : null, province_risk_level: i % 5 === 0 ? String(1 + (i % 3)) : null, net_pc: 1_050_000 + i * 12_345, first_identify_ym: i % 5 === 0 ? 202311 : null, causes: i % 5 === 0 ? ['01', '07'] : [], bank_name: '江西农商银行', bank_account: '6226 **** **** 1234', last_visit_date: `2026-${pad(1 + (i % 11), 2)}-${pad(1 + (i % 27), 2)}`, note: null };
  }),
  'registry.member': Array.from({ length: 4 }, (_, i) => ({ id: `m${i}`, region_code: HOME, region_name: '前洲村', row_version: 1, household_id: 'h0', household_id__title: '张建国', name: ['张建国', '刘桂香', '张伟', '张小丽'][i] ?? '', gender: i % 2 ? '2' : '1', id_no: `360102********${1200 + i}`, _masked: ['id_no'], birth_date: `${1962 + i * 12}-03-0${i + 1}`, relation: pad(i + 1, 2), health: i ? ['01'] : ['03'], updated_at: day(-3) })),
  'registry.income_period': [2022, 2023, 2024, 2025].map((y, i) => ({ id: `i${y}`, region_code: HOME, row_version: 1, household_id: 'h0', year: y, period_kind: '01', pop: 4, wage: 3_200_000 + i * 310_000, operate: 980_000 - i * 90_000, property: 60_000 + i * 8_000, transfer: 720_000 + i * 45_000, operate_cost: 310_000, net: 4_650_000 + i * 270_000, net_pc: 1_162_500 + i * 67_500 })),
  'relapse.clue': Array.from({ length: 23 }, (_, i) => ({ id: `c${i}`, region_code: `36010200120${1 + (i % 7)}`, region_name: `扬子洲镇${VILLAGES[i % 7] ?? ''}`, row_version: 1, clue_no: `XS360102202611${pad(i, 4)}`, household_id: `h${i}`, household_id__title: NAMES[i % 20] ?? '', level: String(1 + (i % 3)), state: ['10', '20', '30', '40'][i % 4] ?? '10', due_at: day(i - 5), reason: ['医保自付超 2 万元', '务工收入中断', '新增重度残疾', '火灾救助记录'][i % 4] ?? '', updated_at: day(-1) })),
};
