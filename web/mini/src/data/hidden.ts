/** What left the screen is not sent: the server refuses a value where the form asks for none. */
import { isVisible } from '@shared/form';
import type { Sheet } from '@shared/offline/sheet';
import { describe } from './meta';

export async function clearHidden(s: Sheet): Promise<void> {
  for (const r of s.rows) {
    const d = await describe(r.dataset).catch(() => null);
    for (const f of d?.fields ?? []) {
      if (f.name in r.values && !isVisible(f, r.values)) r.values[f.name] = null;
    }
  }
}
