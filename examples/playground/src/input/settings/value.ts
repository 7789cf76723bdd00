//! Settings as values: a form changes one of them, and what it does not know stays as it is.

import { isObject } from './shape';

export type Path = readonly string[];

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    value,
  );
}

/** The same value with another one at a path. `undefined` takes it away, and the objects that become empty with it. */
export function withValue(
  value: Record<string, unknown>,
  path: Path,
  next: unknown,
): Record<string, unknown> {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const inner = valueAt(value, [key]);
  const changed = rest.length === 0 ? next : withValue(isObject(inner) ? inner : {}, rest, next);
  const isGone = changed === undefined || (rest.length > 0 && next === undefined && isEmpty(changed));
  // In the order in which they stand; a name such as `__proto__` is a name like others.
  const entries = Object.entries(value).filter(([other]) => !isGone || other !== key);
  const at = entries.findIndex(([other]) => other === key);
  if (!isGone) entries.splice(at < 0 ? entries.length : at, at < 0 ? 0 : 1, [key, changed]);
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}
