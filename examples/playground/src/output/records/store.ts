//! The rows that are in the page, of all that the workbench has: the parts that are looked at.

import { batch, signal } from '@preact/signals';
import type { Row, Rows } from '../../engine/protocol';
import { sentence } from '../words';
import type { Visible } from './visible';

/** Rows asked for at once: a screen and a half, so that most turns of the wheel ask nothing. */
const PART = 100;

export interface Start {
  path: string;
  row: number;
}

/** Rows, and the place in the document of which the first was looked for. */
type Answer = Rows & { near?: string | undefined };

export class RecordStore {
  readonly total = signal(0);
  /** Whether anything was answered yet. */
  readonly isLoaded = signal(false);
  readonly failure = signal<string | null>(null);
  /** Where the records of a place in the document begin; null: it has none here. */
  readonly start = signal<Start | null>(null);
  /** By number of the part. */
  private readonly parts = signal<ReadonlyMap<number, readonly Row[]>>(new Map());
  private readonly underway = new Set<number>();
  private looked: Visible = { first: 0, end: PART };
  /** What was asked before the last renewal is not kept. */
  private epoch = 0;
  private isRenewing = false;
  private isWanted = false;

  constructor(private readonly load: (offset: number, limit: number) => Promise<Answer>) {}

  /** The row, where it is in the page. */
  row(index: number): Row | undefined {
    return this.parts.value.get(Math.floor(index / PART))?.[index % PART];
  }

  /** The number of the first row in the page that is so. */
  find(isIt: (row: Row) => boolean): number | undefined {
    const numbers = [...this.parts.value.keys()].sort((one, other) => one - other);
    for (const number of numbers) {
      const at = this.parts.value.get(number)?.findIndex(isIt) ?? -1;
      if (at >= 0) {
        return number * PART + at;
      }
    }
    return undefined;
  }

  /** These rows are looked at: what of them is not in the page is asked for. */
  async show(rows: Visible): Promise<void> {
    this.looked = rows;
    const missing = partsOf(rows).filter(part => !this.parts.value.has(part) && !this.underway.has(part));
    if (this.isRenewing || missing.length === 0) {
      return;
    }
    const epoch = this.epoch;
    for (const part of missing) {
      this.underway.add(part);
    }
    const loaded = await this.loaded(missing);
    if (epoch !== this.epoch) {
      return;
    }
    for (const part of missing) {
      this.underway.delete(part);
    }
    this.keep(loaded, this.parts.value);
  }

  /** Other rows than before: asks for those that are looked at, and shows the old ones until they are there. */
  async renew(): Promise<void> {
    this.isWanted = true;
    if (this.isRenewing) {
      return;
    }
    this.isRenewing = true;
    while (this.isWanted) {
      this.isWanted = false;
      this.epoch += 1;
      this.underway.clear();
      this.keep(await this.loaded(partsOf(this.looked)), new Map());
    }
    this.isRenewing = false;
    await this.show(this.looked);
  }

  private async loaded(parts: readonly number[]): Promise<Loaded | string> {
    try {
      const answers = await Promise.all(parts.map(part => this.load(part * PART, PART)));
      const { total = 0, firstOf: row, near: path } = answers[0] ?? {};
      const start = path === undefined || row === undefined ? null : { path, row };
      return {
        total,
        start,
        parts: parts.map((part, at) => [part, answers[at]?.rows ?? []]),
      };
    } catch (error) {
      return sentence(error);
    }
  }

  private keep(loaded: Loaded | string, before: ReadonlyMap<number, readonly Row[]>): void {
    batch(() => {
      if (typeof loaded === 'string') {
        this.failure.value = loaded;
        return;
      }
      this.failure.value = null;
      this.isLoaded.value = true;
      this.total.value = loaded.total;
      this.start.value = loaded.start;
      this.parts.value = new Map([...before, ...loaded.parts]);
    });
  }
}

interface Loaded {
  total: number;
  start: Start | null;
  parts: [number, readonly Row[]][];
}

function partsOf({ first, end }: Visible): number[] {
  const from = Math.floor(first / PART);
  const to = Math.floor(Math.max(end - 1, first) / PART);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
