/** All field kinds, by the name they have in Rust, here and in the mini-program. */
import type { Kind } from '@shared/description';
import type { FieldKind } from './kind';
import attachment from './attachment';
import bank from './bank';
import bool from './bool';
import code from './code';
import codes from './codes';
import date from './date';
import decimal from './decimal';
import idCard from './id_card';
import int from './int';
import longText from './long_text';
import moment from './moment';
import money from './money';
import month from './month';
import name from './name';
import phone from './phone';
import ref from './ref';
import region from './region';
import text from './text';
import year from './year';

export const kinds: Record<Kind, FieldKind> = {
  text, long_text: longText, int, decimal, money, bool, date, month, year, moment, code, codes, ref, region, phone, id_card: idCard, bank, name, attachment,
};
/** A kind this version does not know yet is shown as text. */
export const kindOf = (k: string): FieldKind => (kinds as Record<string, FieldKind>)[k] ?? text;
