//! How numbers, times and lists are said.

const DECIMALS = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `1 record`, `1,234 records` */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : several}`;
}

/** `1,234` */
export function number(value: number): string {
  return DECIMALS.format(value);
}

/** `850 µs`, `1.2 ms`, `3.4 s` */
export function duration(microseconds: number): string {
  if (microseconds < 1_000) {
    return `${number(microseconds)} µs`;
  }
  const [value, unit] =
    microseconds < 1_000_000 ? [microseconds / 1_000, 'ms'] : [microseconds / 1_000_000, 's'];
  return `${value < 10 ? value.toFixed(1) : number(value)} ${unit}`;
}

/** `a`, `a and b`, `a, b and c` */
export function list(items: readonly string[]): string {
  const last = items.at(-1);
  if (last === undefined) {
    return 'none';
  }
  return items.length === 1 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** A name without its last dot, as people write it; the root keeps its dot. */
export function withoutDot(name: string): string {
  return name.length > 1 ? name.replace(/\.$/, '') : name;
}

/** What went wrong, as a sentence. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
