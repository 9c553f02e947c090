import { describe, expect, it } from 'vitest';
import type { Field } from '@shared/description';
import { placeFields } from './place';

const field = (name: string, more: Partial<Field> = {}): Field => ({ name, label: name, kind: 'decimal', in: ['form'], ...more }) as Field;

describe('the place of a record', () => {
  it('is found under either pair of names, when a person may fill it in', () => {
    expect(placeFields([field('lon'), field('lat')])).toEqual(['lon', 'lat']);
    expect(placeFields([field('name'), field('longitude'), field('latitude')])).toEqual(['longitude', 'latitude']);
    expect(placeFields([field('lon')])).toBeNull();
    expect(placeFields([field('lon', { derived: '取自户' }), field('lat')])).toBeNull();
    expect(placeFields([field('lon', { in: [] }), field('lat')])).toBeNull();
  });
});
