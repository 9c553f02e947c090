/** A module says only where it differs; everything else is drawn from the description. */
import { defineAsyncComponent, type AsyncComponentLoader, type Component } from 'vue';

/**
 * Slots: `ledger.import.<dataset>` (instead of the usual import), `ledger.cell.<dataset>.<field>`, `ledger.actions.<dataset>`, `detail.panel.<dataset>.<name>`, `detail.actions.<dataset>`, `form.before.<dataset>` (may emit `fill` with values), `form.after.<dataset>`, `query.actions.<dataset>.<name>` (gets `kept`, which keeps the query and tells its id, and `region`).
 * What comes in: `row`, `dataset`, and for cells `field`.
 */
export type Slots = Record<string, AsyncComponentLoader>;
const slots = new Map<string, Component>();

export function defineModule(id: string, own: Slots): void {
  for (const [name, load] of Object.entries(own)) slots.set(`${id}:${name}`, defineAsyncComponent(load));
}
const moduleOf = (dataset: string): string => dataset.split('.')[0] ?? '';
export const slotOf = (dataset: string, place: string): Component | undefined => slots.get(`${moduleOf(dataset)}:${place}`);
export function slotsOf(dataset: string, prefix: string): { name: string; component: Component }[] {
  const start = `${moduleOf(dataset)}:${prefix}.`;
  return [...slots].filter(([k]) => k.startsWith(start)).map(([k, component]) => ({ name: k.slice(start.length), component }));
}

/** What a new record starts from: values, where it lies, or the record that is there already. */
export interface Draft {
  values: Record<string, unknown>;
  region?: string | undefined;
  existing?: string | null | undefined;
  /** What is known of it but not written with it, such as the household behind a case: it narrows what may be chosen. */
  beside?: Record<string, unknown> | undefined;
}
type Drafting = (query: Record<string, string>) => Promise<Draft | null>;
const drafts = new Map<string, Drafting>();
export const defineDraft = (dataset: string, make: Drafting): void => void drafts.set(dataset, make);
export const draftOf = (dataset: string): Drafting | undefined => drafts.get(dataset);
