//! What the output's components are made of, each part by itself.

import { expect, test } from '@playwright/test';
import type { Remote } from 'comlink';
import type { PolicySlot, Row, Rows, Workbench } from '../src/engine/protocol';
import { headline } from '../src/output/ask/headline';
import { questionOf } from '../src/output/ask/question';
import { BEHIND, type Instead, stackOf, takenBy } from '../src/output/differences/candidate';
import { fileName } from '../src/output/download';
import { HEAD, moved } from '../src/output/records/keys';
import { keyOf, placeAt } from '../src/output/records/place';
import { RecordStore } from '../src/output/records/store';
import { scrolledTo, visible } from '../src/output/records/visible';
import { counted, duration, list } from '../src/output/words';

test('of a long table, what can be seen and a little more is in the page', () => {
  for (const [top, total, first, end] of [
    [0, 0, 0, 0],
    [0, 5, 0, 5],
    [0, 1_000, 0, 22],
    [500, 1_000, 38, 72],
    [10_000, 1_000, 988, 1_000],
    [20_000, 1_000, 1_000, 1_000],
  ] as const) {
    expect(visible(top, 100, 10, total), `${total} rows from ${top}`).toEqual({ first, end });
  }
});

test('a row is scrolled to by as little as shows it whole', () => {
  for (const [row, top, expected] of [
    [0, 0, 0],
    [9, 0, 0],
    [10, 0, 10],
    [3, 50, 30],
    [7, 50, 50],
  ] as const) {
    expect(scrolledTo(row, top, 100, 10), `row ${row} from ${top}`).toBe(expected);
  }
});

test('keys lead from cell to cell and never out of the table', () => {
  const extent = { rows: 100, columns: 4, page: 10, hasHead: true };
  for (const [key, withControl, row, column, to] of [
    ['ArrowDown', false, 99, 1, [99, 1]],
    ['ArrowUp', false, 0, 1, [HEAD, 1]],
    ['ArrowUp', false, HEAD, 1, [HEAD, 1]],
    ['ArrowLeft', false, 5, 0, [5, 0]],
    ['ArrowRight', false, 5, 3, [5, 3]],
    ['PageDown', false, 95, 0, [99, 0]],
    ['PageUp', false, 5, 0, [0, 0]],
    ['PageUp', false, HEAD, 0, [HEAD, 0]],
    ['Home', false, 5, 3, [5, 0]],
    ['End', false, 5, 0, [5, 3]],
    ['Home', true, 5, 3, [0, 0]],
    ['End', true, 5, 0, [99, 3]],
  ] as const) {
    const cell = moved({ row, column }, key, withControl, extent);
    expect(cell, `${key} from ${row} ${column}`).toEqual({ row: to[0], column: to[1] });
  }
  expect(moved({ row: 0, column: 0 }, 'x', false, extent)).toBeNull();
  const headless = { ...extent, hasHead: false };
  expect(moved({ row: 0, column: 0 }, 'ArrowUp', false, headless), 'where no title is seen').toEqual({
    row: 0,
    column: 0,
  });
});

test('a place has its records marked, and what is about everything is no place', async () => {
  const web = row('web.demo.');
  const of = (path: string | undefined, rows: Rows) =>
    placeAt({ pathAt: async () => path, rows: async () => rows } as unknown as Remote<Workbench>, 0);
  const found = await of('services.web', { total: 1, firstOf: 7, rows: [web] });
  expect([found?.records, found?.marked.has(keyOf(web)), found?.marked.has(keyOf(row('db.demo.')))]).toEqual([
    1,
    true,
    false,
  ]);
  expect((await of('services.idle', { total: 0, rows: [] }))?.records, 'nothing comes from there').toBe(0);
  expect(await of('services', { total: 1, rows: [web] }), 'of all services').toBeNull();
  expect(await of(undefined, { total: 0, rows: [] }), 'between things').toBeNull();
});

test('numbers and lists read as one says them', () => {
  expect([counted(1, 'record'), counted(1_234, 'record'), counted(2, 'is', 'are')]).toEqual([
    '1 record',
    '1,234 records',
    '2 are',
  ]);
  expect([7, 1_240, 12_400, 2_500_000].map(duration)).toEqual(['7 µs', '1.2 ms', '12 ms', '2.5 s']);
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(list)).toEqual(['none', 'a', 'a and b', 'a, b and c']);
  expect([fileName('shop.demo.', 'zone'), fileName('.', 'json'), fileName('a/b.', 'zone')]).toEqual([
    'shop.demo.zone',
    'root.json',
    'a_b.zone',
  ]);
});

test('each status has the line that explain has for it', () => {
  const step = { name: 'web.demo.', isEmptyNonTerminal: false, records: [], reasons: [], near: [] };
  for (const [status, type, expected] of [
    ['found', 'A', 'NOERROR: web.demo. has 0 records'],
    ['no-data', 'A', 'NODATA: web.demo. is there, but has no record of type A'],
    ['no-data', 'ANY', 'NODATA: web.demo. is there, but has no records'],
    ['no-such-name', 'A', 'NXDOMAIN: there is no name web.demo.'],
    ['referral', 'A', 'REFERRAL: whoever asks for web.demo. is sent elsewhere'],
    ['out-of-zone', 'A', 'REFUSED: no zone of web.demo. is here'],
    ['not-served', 'A', 'SERVFAIL: there are no zones'],
  ] as const) {
    expect(headline({ ...step, status }, type)).toBe(expected);
  }
  const above = { ...step, status: 'no-data' as const, isEmptyNonTerminal: true };
  expect(headline(above, 'A')).toBe('NODATA: web.demo. has no records, names below it have');
});

test('what stands in the fields becomes a question, and empty fields are no part of it', () => {
  expect(questionOf({ name: ' web ', type: 'a', client: '', searchDomains: ' ' })).toEqual({
    name: 'web',
    type: 'A',
  });
  expect(questionOf({ name: 'web', type: '', client: ' ::1 ', searchDomains: 'a.b, c' })).toEqual({
    name: 'web',
    type: 'ANY',
    client: '::1',
    searchDomains: ['a.b', 'c'],
  });
});

test('another stack is this one with places replaced, left out and added', () => {
  const slot = (id: string): PolicySlot => ({
    id,
    name: id,
    digest: `of ${id}`,
    settings: '{"a":1}',
    enabled: true,
  });
  const other = { component: { name: 'other', digest: 'd' }, settings: '{}' };
  const stack = stackOf(
    [slot('first'), slot('second'), slot('third')],
    new Map<string, Instead>([
      ['second', { component: null, settings: '{}' }],
      ['third', other],
      ['gone', other],
      [BEHIND, other],
    ]),
  );
  expect(stack.map(({ id, name, settings }) => [id, name, settings])).toEqual([
    ['first', 'first', '{"a":1}'],
    ['third', 'other', '{}'],
    [BEHIND, 'other', '{}'],
  ]);
});

test('a component takes the place of the first policy that calls itself the same and is on', () => {
  const slot = (id: string, enabled = true): PolicySlot => ({
    id,
    name: `${id}.wasm`,
    digest: id,
    settings: '{}',
    enabled,
  });
  const slots = [slot('off', false), slot('first'), slot('same'), slot('same again')];
  const nameOf = ({ digest }: PolicySlot) => (digest === 'first' ? 'other' : 'site');
  expect(takenBy('site', slots, nameOf)?.id).toBe('same');
  expect(takenBy('same.wasm', slots, nameOf)).toBeUndefined();
});

/** Rows as the workbench would give them, and what it was asked. */
class Asked {
  readonly parts: number[] = [];
  private readonly waiting: (() => void)[] = [];
  count = 1_000;
  isHeld = false;

  readonly load = async (offset: number, limit: number): Promise<Rows> => {
    this.parts.push(offset);
    if (this.isHeld) await new Promise<void>(resolve => this.waiting.push(resolve));
    const length = Math.max(Math.min(limit, this.count - offset), 0);
    return {
      total: this.count,
      rows: Array.from({ length }, (_, at) => row(`r${offset + at} of ${this.count}.`)),
    };
  };

  release(): void {
    this.isHeld = false;
    for (const go of this.waiting.splice(0)) go();
  }
}

function row(owner: string): Row {
  return { zone: 'demo.', owner, ttl: 60, type: 'A', rdata: '10.0.0.1', exclusive: false };
}

test('rows are asked for when they are looked at, once', async () => {
  const asked = new Asked();
  const store = new RecordStore(asked.load);
  await store.renew();
  expect(asked.parts).toEqual([0]);
  await store.show({ first: 150, end: 220 });
  await store.show({ first: 160, end: 230 });
  expect(asked.parts).toEqual([0, 100, 200]);
  expect(store.row(199)?.owner).toBe('r199 of 1000.');
  expect(store.row(500)).toBeUndefined();
  expect(store.find(one => one.owner === 'r205 of 1000.')).toBe(205);
});

test('old rows are shown until the new ones are there, and a late old answer is dropped', async () => {
  const asked = new Asked();
  const store = new RecordStore(asked.load);
  await store.renew();
  asked.isHeld = true;
  const late = store.show({ first: 300, end: 310 });
  asked.count = 50;
  const renewal = store.renew();
  expect(store.row(0)?.owner).toBe('r0 of 1000.');
  asked.release();
  await Promise.all([late, renewal]);
  expect(store.total.value).toBe(50);
  expect(store.row(305), 'of the old rows').toBeUndefined();
  await store.show({ first: 0, end: 50 });
  expect(store.row(49)?.owner).toBe('r49 of 50.');
});

test('a question that fails is told, and the next one is asked all the same', async () => {
  let isBroken = true;
  const store = new RecordStore(async () => {
    if (isBroken) throw new Error('the engine is away');
    return { total: 1, rows: [row('a.')] };
  });
  await store.renew();
  expect(store.failure.value).toBe('the engine is away');
  isBroken = false;
  await store.renew();
  expect([store.failure.value, store.total.value]).toEqual([null, 1]);
});
