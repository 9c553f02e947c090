import { describe, expect, it } from 'vitest';
import { cronWords, fromCron, noTime, toCron } from './cron';

describe('times of templates', () => {
  it('are kept and read alike', () => {
    for (const [cron, said] of [['30 2 * * *', '每天 02:30'], ['0 8 * * 1', '每周一 08:00'], ['5 18 15 * *', '每月 15 日 18:05'], ['', '手工提取'], ['0 8 1 1 *', '按计划 0 8 1 1 *'], ['0 8 1 * 1', '按计划 0 8 1 * 1']] as const) {
      expect(toCron(fromCron(cron))).toBe(cron);
      expect(cronWords(cron)).toBe(said);
    }
  });
  it('of nobody are none', () => expect(toCron(noTime())).toBe(''));
});
