import { describe, expect, it } from 'vitest';
import { putTerms, termed } from './terms';

describe('terms by year', () => {
  putTerms(2025, { monitored_object: '监测对象' });
  putTerms(2026, { monitored_object: '防止返贫致贫对象', monitor_line: '认定标准' });
  it('follows the year that is looked at', () => {
    expect(termed('三类监测对象情况', 2025)).toBe('三类监测对象情况');
    expect(termed('三类监测对象情况', 2026)).toBe('三类防止返贫致贫对象情况');
    expect(termed('低于监测范围', 2026)).toBe('低于认定标准');
  });
  it('leaves a year without terms and a text in new terms alone', () => {
    expect(termed('监测对象', 2024)).toBe('监测对象');
    expect(termed('防止返贫致贫对象', 2026)).toBe('防止返贫致贫对象');
  });
});
