import { describe, expect, it } from 'vitest';
import { filesBag, type Folder } from './files-bag';

class Killed extends Error {}

function folder(data: Map<string, string>, step: () => void): Folder {
  return {
    list: () => [...data.keys()],
    read: (n) => data.get(n) ?? null,
    write: (n, t) => {
      step();
      // a killed write leaves half a file
      data.set(n, t.slice(0, Math.floor(t.length / 2)));
      step();
      data.set(n, t);
    },
    rename: (a, b) => {
      step();
      data.set(b, data.get(a) ?? '');
      data.delete(a);
    },
    remove: (n) => {
      step();
      data.delete(n);
    },
  };
}

describe('a bag of files', () => {
  it('changes everything or nothing wherever it is killed', async () => {
    for (let at = 1; ; at += 1) {
      const data = new Map<string, string>();
      await filesBag(folder(data, () => undefined)).write([{ key: 'op/甲/1', value: 'old' }, { key: 'sheet/u/1', value: 'draft' }]);
      let n = 0;
      const dying = filesBag(folder(data, () => {
        n += 1;
        if (n === at) throw new Killed();
      }));
      let killed = false;
      try {
        await dying.write([{ key: 'op/甲/1', value: null }, { key: 'op/甲/2', value: 'new' }, { key: 'sheet/u/1', value: 'queued' }]);
      } catch (e) {
        if (!(e instanceof Killed)) throw e;
        killed = true;
      }
      const after = filesBag(folder(data, () => undefined));
      const seen = [await after.keys('op/'), await after.get('sheet/u/1')];
      expect([[['op/甲/1'], 'draft'], [['op/甲/2'], 'queued']]).toContainEqual(seen);
      if (!killed) {
        expect(seen).toEqual([['op/甲/2'], 'queued']);
        break;
      }
    }
  });
});
