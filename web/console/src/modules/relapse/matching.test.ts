import { describe, expect, it } from 'vitest';
import { actionOf, following, lit } from './matching';

describe('matching desk', () => {
  it('reads keys only while nothing is typed and no other key is held', () => {
    expect(actionOf('3', false, false)).toEqual({ kind: 'same', at: 2 });
    expect(actionOf('N', false, false)).toEqual({ kind: 'nobody' });
    expect(actionOf('j', false, false)).toEqual({ kind: 'next' });
    expect(actionOf('0', false, false)).toBeNull();
    expect(actionOf('n', true, false)).toBeNull();
    expect(actionOf('1', false, true)).toBeNull();
  });
  it('lights the characters in which two names differ', () => {
    const marks = (a: string, b: string): string => lit(a, b).filter((c) => c.differs).map((c) => c.char).join('');
    expect(marks('李大明', '李大名')).toBe('明');
    expect(marks('李 大明', '李大明')).toBe('');
    expect(marks('李明', '李大明')).toBe('李明');
    expect(marks('王秀英', '李大明')).toBe('王秀英');
  });
  it('goes on to the line behind, at the end to the one before', () => {
    const list = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
    expect(following(list, 'a')?.id).toBe('b');
    expect(following(list, 'c')?.id).toBe('b');
    expect(following([{ id: 'a' }], 'a')).toBeNull();
    expect(following(list, 'x')?.id).toBe('a');
  });
});
