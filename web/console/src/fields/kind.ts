/** What every field kind offers. One folder a kind: Edit.vue, View.vue, index.ts. */
import type { Component, ComputedRef, InjectionKey } from 'vue';
import type { Field } from '@shared/description';
import type { Row } from '@shared/api';

/** What stands in the other fields of the form and what is known beside it, for a field that depends on one. */
export const VALUES: InjectionKey<ComputedRef<Record<string, unknown>>> = Symbol('values');
export interface EditProps {
  field: Field;
  modelValue: unknown;
  disabled?: boolean;
  invalid?: boolean;
  /** The row being edited, where it exists already (attachments need it). */
  dataset?: string;
  rowId?: string;
}
export interface ViewProps {
  field: Field;
  value: unknown;
  row?: Row;
  dataset?: string;
  /** In a table cell there is little room. */
  dense?: boolean;
}
export interface FieldKind {
  edit: Component;
  view: Component;
  /** Width of a ledger column. */
  width: number;
  align?: 'left' | 'right' | 'center';
  /** Takes a whole row of the form. */
  wide?: boolean;
}
