/** Gives the input inside a library component its id, so that a label leads to it. */
import type { Directive } from 'vue';

const give: (el: HTMLElement, b: { value: string }) => void = (el, b) => {
  const input = el.querySelector<HTMLElement>('input:not([type=radio]):not([type=checkbox]):not([type=file]), textarea');
  if (input && input.id !== b.value) input.id = b.value;
};
export const vInputId: Directive<HTMLElement, string> = { mounted: give, updated: give };
