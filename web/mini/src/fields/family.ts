/** Every field kind belongs to one family; FieldEdit.vue draws each family. A test holds both against the list of the server. */
import type { Kind } from '@shared/description';

export type Family = 'line' | 'area' | 'number' | 'yesno' | 'when' | 'choice' | 'choices' | 'ref' | 'region' | 'pictures';
export const FAMILY: Record<Kind, Family> = {
  text: 'line', name: 'line', phone: 'line', id_card: 'line', bank: 'line', long_text: 'area', int: 'number', decimal: 'number', money: 'number', year: 'number',
  bool: 'yesno', date: 'when', month: 'when', moment: 'when', code: 'choice', codes: 'choices', ref: 'ref', region: 'region', attachment: 'pictures',
};
/** A kind this version does not know yet is written as text. */
export const familyOf = (k: string): Family => (FAMILY as Record<string, Family>)[k] ?? 'line';
