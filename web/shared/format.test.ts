import { describe, expect, it } from 'vitest';
import { daysLeft, fenToYuan, figure, lampOf, monthNumber, monthText, regionLevel, regionPrefix, valueText, yuanToFen } from './format';

describe('money', () => {
  it.each([[0, '0.00'], [5, '0.05'], [123450, '1,234.50'], [-1, '-0.01'], [100000000000, '1,000,000,000.00']])('%i fen', (fen, text) => {
    expect(fenToYuan(fen)).toBe(text);
    expect(yuanToFen(text)).toBe(fen);
  });
  it('never multiplies in floating point', () => {
    expect(yuanToFen('1.15')).toBe(115);
    expect(yuanToFen('8.29')).toBe(829);
    expect(yuanToFen('￥1,234.5 元')).toBe(123450);
  });
  it.each(['', 'x', '1.234', '1.2.3', '--1'])('refuses %j', (t) => expect(yuanToFen(t)).toBeNull());
});

describe('months', () => {
  it('both ways', () => {
    expect(monthText(202503)).toBe('2025-03');
    expect(monthNumber('2025-3')).toBe(202503);
    expect(monthNumber('202512')).toBe(202512);
    expect(monthNumber('2025-13')).toBeNull();
  });
});

describe('figures', () => {
  it('groups, keeps nothing apart from zero', () => {
    expect(figure(1234567)).toBe('1,234,567');
    expect(figure(null)).toBe('—');
    expect(figure(0)).toBe('0');
    expect(figure(1234.5)).toBe('1,234.50');
    expect(figure(12.3, '%')).toBe('12.30%');
    expect(figure(123450, '分')).toBe('1,234.50');
  });
});

describe('due lamp', () => {
  const now = new Date(2026, 10, 24, 12, 0);
  it('counts calendar days', () => {
    expect(daysLeft(new Date(2026, 10, 25, 1, 0).toISOString(), now)).toBe(1);
    expect(lampOf(new Date(2026, 10, 23, 23, 0).toISOString(), now)).toBe('over');
    expect(lampOf(new Date(2026, 10, 24, 18, 0).toISOString(), now)).toBe('near');
    expect(lampOf(new Date(2026, 10, 30).toISOString(), now)).toBe('ok');
    expect(lampOf(null, now)).toBe('none');
  });
});

describe('regions', () => {
  it('has no level for what is no code', () => expect([regionLevel(''), regionLevel('3601')]).toEqual([0, 0]));
  it.each([['360000000000', 1, '36'], ['360100000000', 2, '3601'], ['360102000000', 3, '360102'], ['360102001000', 4, '360102001'], ['360102001003', 5, '360102001003']])(
    '%s', (code, level, prefix) => {
      expect(regionLevel(code)).toBe(level);
      expect(regionPrefix(code)).toBe(prefix);
    });
});

describe('values', () => {
  const items = [{ code: '01', label: '因病' }, { code: '02', label: '因学' }];
  it('reads by kind', () => {
    expect(valueText({ kind: 'codes' }, ['01', '02', '77'], items)).toBe('因病、因学、77');
    expect(valueText({ kind: 'bool' }, false)).toBe('否');
    expect(valueText({ kind: 'money' }, 100)).toBe('1.00 元');
    expect(valueText({ kind: 'int', unit: '人' }, 0)).toBe('0 人');
    expect(valueText({ kind: 'text' }, null)).toBe('—');
  });
});
