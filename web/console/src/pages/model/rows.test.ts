import { describe, expect, it } from 'vitest';
import { changed, groups, inForce } from './rows';
import type { Known, Value } from './types';

const known = (key: string, rules: string[]): Known => ({ key, title: key, unit: '元', basis: '', default: 1, rules });
const value = (key: string, n: number, region = '360000000000', from = '2020-01-01'): Value => ({ key, region_code: region, valid_from: from, value: n });

describe('numbers of a version', () => {
  it('stand with their rule, scoring first', () => {
    const g = groups([known('w17_yuan', ['W17']), known('recent_days', ['W07', 'W09']), known('level_low_score', [])], { W17: '年自付' });
    expect(g.map((x) => x.title)).toEqual(['评分、分级与冷却', '几条规则共用', 'W17 年自付']);
  });
  it('are told apart from those in force by place and day', () => {
    const base = [value('a', 1), value('b', 2)];
    expect(inForce(value('a', 1), base)).toBeUndefined();
    expect(inForce(value('a', 5), base)).toBe(1);
    expect(inForce(value('a', 5, '360121000000'), base)).toBeNull();
    expect(changed([value('a', 5), value('a', 5, '360121000000')], base)).toBe(3);
    expect(changed(base, base)).toBe(0);
  });
});
