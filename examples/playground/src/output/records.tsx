//! All records of all zones: a table to filter and sort. Choosing a record marks its place in the document, and moving the
//! caret in the document marks the records that come from there.
//!
//! - `records/grid`: the table
//! - `records/store`: its rows, as they are looked at
//! - `records/view`: what is shown, and in which order
//! - `records/place`: from the document to records
//! - `records/provenance`: from a record to the document

import { effect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Row } from '../engine/protocol';
import { caret, highlight, outcome } from '../state';
import { workbench } from '../workbench';
import { goToPath } from './go';
import { useLatest } from './latest';
import { FilterFields } from './records/filters';
import { Grid } from './records/grid';
import { type Cell, HEAD } from './records/keys';
import { isSame, keyOf, placeAt } from './records/place';
import { Provenance } from './records/provenance';
import { RecordStore } from './records/store';
import { filterBy, isFiltered, place, wanted } from './records/view';
import { counted } from './words';

/** Names told of those that the last change changed. */
const CHANGED_TOLD = 3;

/** How long the caret rests before its place is looked up: not at every key. */
const REST_MS = 120;

const store = new RecordStore(async (offset, limit) => {
  const near = place.value?.path;
  const view = { ...wanted.value, ...(near === undefined ? {} : { near }), offset, limit };
  return { ...(await (await workbench()).rows(view)), near };
});

export function Records(): JSX.Element {
  const [cell, setCell] = useState<Cell | null>(null);
  const chosen = useChosen(cell, setCell);
  const span = useLatest(chosen?.path ?? '', async bench =>
    chosen?.path === undefined ? undefined : bench.places(chosen.path),
  );
  useEffect(() => {
    highlight.value = span.value ?? null;
  }, [span.value?.from, span.value?.to]);
  useEffect(
    () => () => {
      highlight.value = null;
    },
    [],
  );
  useEffect(followOutcome, []);
  useEffect(followCaret, []);

  const open = () => {
    if (chosen?.path !== undefined) void goToPath(chosen.path);
  };
  const here = place.value;
  const { total, isLoaded, failure } = store;
  return (
    <div class="out-records">
      <FilterFields />
      <p role="status">{failure.value ?? summary(total.value, isLoaded.value)}</p>
      <Changed />
      <Grid
        store={store}
        label="Records; Enter goes to where one comes from"
        cell={cell}
        choose={setCell}
        start={store.start.value}
        isMarked={row => here?.marked.has(keyOf(row)) ?? false}
        open={open}
      />
      {chosen ? (
        <Provenance record={chosen} open={open} />
      ) : (
        <p class="out-hint out-nothing-chosen">
          Choose a record, and here is said who made it; its place in the document is marked.
        </p>
      )}
    </div>
  );
}

/** What the last change did, unless it is all new. */
function Changed(): JSX.Element | null {
  const { changed = 0, changedNames = [], zones = [] } = outcome.value ?? {};
  const names = zones.reduce((sum, zone) => sum + zone.names, 0);
  if (changed === 0 || changed >= names) return null;
  const told = changedNames.slice(0, CHANGED_TOLD);
  return (
    <p class="out-chips out-hint">
      Just changed:
      {told.map(name => (
        <button key={name} type="button" class="out-chip" onClick={() => filterBy({ text: name })}>
          <span class="fr-unseen">Show records of </span>
          {name}
        </button>
      ))}
      {changed > told.length ? `and ${counted(changed - told.length, 'name')} more` : null}
    </p>
  );
}

function summary(total: number, isLoaded: boolean): string {
  if (!isLoaded) return 'The records are made.';
  if (!isFiltered.value) return total === 0 ? 'There are no records.' : counted(total, 'record');
  return total === 0 ? 'No record fits.' : counted(total, 'record fits', 'records fit');
}

/** The chosen record. Where other records come before it, the choice moves with it. */
function useChosen(cell: Cell | null, move: (cell: Cell) => void): Row | undefined {
  const kept = useRef<Row | undefined>(undefined);
  const before = useRef<Cell | null>(null);
  const row = cell && cell.row !== HEAD ? store.row(cell.row) : undefined;
  const was = before.current === cell ? kept.current : undefined;
  before.current = cell;
  const found = was && !isSame(row, was) ? store.find(one => isSame(one, was)) : undefined;
  const chosen = found === undefined ? row : store.row(found);
  // A row that is not in the page yet may still be the one that was chosen.
  kept.current = chosen ?? was;
  useEffect(() => {
    if (found !== undefined && cell) move({ ...cell, row: found });
  }, [found]);
  return chosen;
}

/** Asks for the rows again whenever there are new ones, or others are wanted. */
function followOutcome(): () => void {
  return effect(() => {
    void wanted.value;
    void place.value?.path;
    if (outcome.value) void store.renew();
  });
}

/** Looks up the caret's place when it rests, and again when there are new records. */
function followCaret(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let newest = 0;
  const stop = effect(() => {
    const offset = caret.value;
    if (!outcome.value) return;
    newest += 1;
    const own = newest;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const found = await placeAt(await workbench(), offset).catch(() => null);
      if (own === newest) place.value = found;
    }, REST_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
