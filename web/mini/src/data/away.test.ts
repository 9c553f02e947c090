import { describe, expect, it } from 'vitest';
import { mustLock } from './away';

describe('a telephone in the background', () => {
  it('is locked after five minutes, and when its clock was set back', () => {
    expect([299_999, 300_000, 86_400_000].map((t) => mustLock(0, t))).toEqual([false, true, true]);
    expect(mustLock(null, 86_400_000)).toBe(false);
    expect(mustLock(1_000, 500)).toBe(true);
  });
});
