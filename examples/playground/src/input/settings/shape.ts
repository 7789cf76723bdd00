//! What a form needs to know of a JSON Schema: its own small part of it, and a place for everything it does not know.

/** A schema, or a part of one. */
export type Schema = Record<string, unknown>;

/** How a value is asked for. */
export type Shape =
  | { kind: 'text' }
  | { kind: 'number'; isWhole: boolean; minimum?: number; maximum?: number }
  | { kind: 'switch' }
  | { kind: 'choice'; values: string[] }
  | { kind: 'texts' }
  | { kind: 'group'; fields: Field[] }
  | { kind: 'map'; of: Shape }
  | { kind: 'json' };

/** A property. */
export interface Field {
  key: string;
  title: string;
  description: string;
  shape: Shape;
  /** The value where none is given. */
  standard?: unknown;
}

/** Schemas that refer to themselves have an end. */
const DEEPEST = 6;

/** The fields of a settings schema; none when it is no schema of an object. */
export function fieldsOf(text: string): Field[] {
  const whole = parse(text);
  if (whole === null) return [];
  const shape = shapeOf(whole, whole, 0);
  return shape.kind === 'group' ? shape.fields : [];
}

/** The text as an object of JSON. */
export function parse(text: string): Schema | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shapeOf(unresolved: unknown, whole: Schema, depth: number): Shape {
  const schema = resolve(unresolved, whole);
  if (depth > DEEPEST) return { kind: 'json' };
  const { enum: values, properties, additionalProperties, items, minimum, maximum } = schema;
  if (Array.isArray(values) && values.every(value => typeof value === 'string')) {
    return { kind: 'choice', values };
  }
  switch (typeOf(schema)) {
    case 'string':
      return { kind: 'text' };
    case 'boolean':
      return { kind: 'switch' };
    case 'integer':
    case 'number':
      return {
        kind: 'number',
        isWhole: typeOf(schema) === 'integer',
        ...(typeof minimum === 'number' ? { minimum } : {}),
        ...(typeof maximum === 'number' ? { maximum } : {}),
      };
    case 'array':
      return typeOf(resolve(items, whole)) === 'string' && !('enum' in resolve(items, whole))
        ? { kind: 'texts' }
        : { kind: 'json' };
    case 'object':
      if (isObject(properties)) {
        const fields = Object.entries(properties).map(([key, of]) => fieldOf(key, of, whole, depth));
        return { kind: 'group', fields };
      }
      return isObject(additionalProperties)
        ? { kind: 'map', of: shapeOf(additionalProperties, whole, depth + 1) }
        : { kind: 'json' };
    default:
      return { kind: 'json' };
  }
}

function fieldOf(key: string, unresolved: unknown, whole: Schema, depth: number): Field {
  const schema = resolve(unresolved, whole);
  return {
    key,
    title: typeof schema.title === 'string' ? schema.title : key,
    description: typeof schema.description === 'string' ? schema.description : '',
    shape: shapeOf(schema, whole, depth + 1),
    ...('default' in schema ? { standard: schema.default } : {}),
  };
}

/** Follows `$ref` inside the schema; what stands beside it goes before what it refers to. */
function resolve(schema: unknown, whole: Schema): Schema {
  if (!isObject(schema)) return {};
  const { $ref: reference, ...beside } = schema;
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema;
  const names = reference.slice(2).split('/');
  const target = names.reduce<unknown>((at, name) => {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
    return isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }, whole);
  // One step: a reference to a reference is left to the JSON beside the form.
  return { ...(isObject(target) ? target : {}), ...beside };
}

/** The one type that a schema allows beside null. */
function typeOf({ type }: Schema): string | undefined {
  const types = (Array.isArray(type) ? type : [type]).filter(one => one !== 'null');
  return types.length === 1 && typeof types[0] === 'string' ? types[0] : undefined;
}
