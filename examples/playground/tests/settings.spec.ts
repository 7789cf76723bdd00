//! What a form is made of, without a browser.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { type Field, fieldsOf } from '../src/input/settings/shape';
import { valueAt, withValue } from '../src/input/settings/value';

const root = new URL('../../../', import.meta.url);

function schemas(): [string, string][] {
  const folders = readdirSync(new URL('examples/policies/', root)).map(name => `examples/policies/${name}`);
  return [...folders, 'guest/default'].flatMap(folder => {
    try {
      return [[folder, readFileSync(new URL(`${folder}/src/settings.schema.json`, root), 'utf8')]];
    } catch {
      // One in another language has it in its source.
      return [];
    }
  });
}

test('every setting of the policies in Rust has a field of its own kind', () => {
  const kindsOf = (fields: Field[]): string[] =>
    fields.flatMap(({ shape }) => (shape.kind === 'group' ? kindsOf(shape.fields) : shape.kind));
  const all = schemas();
  expect(all.length).toBeGreaterThan(5);
  for (const [folder, schema] of all) {
    const kinds = kindsOf(fieldsOf(schema));
    expect(kinds.length, folder).toBeGreaterThan(0);
    expect(kinds, folder).not.toContain('json');
  }
});

test('a schema is read with its references, limits and defaults, and what is unknown is left to JSON', () => {
  const fields = fieldsOf(
    JSON.stringify({
      properties: {
        seconds: { $ref: '#/$defs/seconds', default: 60, description: 'How long.' },
        mode: { enum: ['one', 'two'] },
        owner: { type: ['string', 'null'], default: null },
        near: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
        either: { type: ['string', 'integer'] },
        choices: { type: 'array', items: { enum: ['a', 'b'] } },
        loop: { $ref: '#' },
      },
      type: 'object',
      $defs: { seconds: { type: 'integer', minimum: 0 } },
    }),
  );
  expect(fields.slice(0, 6)).toEqual([
    {
      key: 'seconds',
      title: 'seconds',
      description: 'How long.',
      standard: 60,
      shape: { kind: 'number', isWhole: true, minimum: 0 },
    },
    { key: 'mode', title: 'mode', description: '', shape: { kind: 'choice', values: ['one', 'two'] } },
    { key: 'owner', title: 'owner', description: '', standard: null, shape: { kind: 'text' } },
    { key: 'near', title: 'near', description: '', shape: { kind: 'map', of: { kind: 'texts' } } },
    { key: 'either', title: 'either', description: '', shape: { kind: 'json' } },
    { key: 'choices', title: 'choices', description: '', shape: { kind: 'json' } },
  ]);
  for (const schema of ['', 'null', '[]', '{"type":"string"}', '{"properties":3}']) {
    expect(fieldsOf(schema), schema).toEqual([]);
  }
});

test('a field changes its own value, and takes empty groups away with it', () => {
  const before = { a: 1, ttl: { address: 5 }, z: [1] };
  expect(withValue(before, ['ttl', 'srv'], 7)).toEqual({ a: 1, ttl: { address: 5, srv: 7 }, z: [1] });
  expect(Object.keys(withValue(before, ['ttl', 'address'], 6))).toEqual(['a', 'ttl', 'z']);
  expect(withValue(before, ['ttl', 'address'], undefined)).toEqual({ a: 1, z: [1] });
  expect(withValue(before, ['no', 'such'], undefined)).toEqual(before);
  expect(withValue({}, ['near', '10.0.0.0/8'], [])).toEqual({ near: { '10.0.0.0/8': [] } });
  const odd = withValue({}, ['__proto__', 'x'], 1);
  expect(JSON.stringify(odd)).toBe('{"__proto__":{"x":1}}');
  expect(valueAt(odd, ['__proto__', 'x'])).toBe(1);
  expect(valueAt({}, ['constructor'])).toBeUndefined();
});
