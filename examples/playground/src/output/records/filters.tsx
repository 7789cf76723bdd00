//! The fields above the table: what of the records is shown.

import type { JSX } from 'preact';
import type { Column } from '../../engine/protocol';
import { outcome } from '../../state';
import { counted, withoutDot } from '../words';
import { listed } from '../zones';
import { SORTABLE } from './columns';
import { filterBy, filters, followsDocument, isFiltered, OF_A_RECORD, place, showAll, sort } from './view';

/** Types that policies make; any other can be written into the text. */
const TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'HTTPS', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'SVCB', 'TLSA', 'TXT'];

export function FilterFields(): JSX.Element {
  const { text, zone, type } = filters.value;
  const zones = listed(outcome.value?.zones ?? []);
  return (
    <search class="out-fields" aria-label="Records">
      <label class="out-wide">
        Name or content
        <input
          type="search"
          value={text}
          placeholder="web, *.10.in-addr.arpa, 10.22.?.5"
          spellcheck={false}
          autocapitalize="off"
          onInput={event => filterBy({ text: event.currentTarget.value.trim() })}
        />
      </label>
      <label>
        Zone
        <select value={zone} onChange={event => filterBy({ zone: event.currentTarget.value })}>
          <option value="">all zones</option>
          {zones.map(({ apex, records }) => (
            <option key={apex} value={apex}>
              {withoutDot(apex)} ({records})
            </option>
          ))}
        </select>
      </label>
      <label>
        Type
        <select value={type} onChange={event => filterBy({ type: event.currentTarget.value })}>
          <option value="">all types</option>
          {TYPES.map(one => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <SortField />
      <FollowField />
      <Chips />
    </search>
  );
}

/** For narrow pages, whose table has no titles to sort by. */
function SortField(): JSX.Element {
  const now = sort.value;
  const choose = (value: string) => {
    const [by, order] = value.split(' ');
    sort.value =
      by === '' || by === undefined ? null : { by: by as Column, descending: order === 'descending' };
  };
  return (
    <label class="out-when-narrow">
      Order
      <select
        value={now ? `${now.by} ${now.descending ? 'descending' : 'ascending'}` : ''}
        onChange={event => choose(event.currentTarget.value)}
      >
        <option value="">of DNS</option>
        {SORTABLE.flatMap(({ by, title }) => [
          <option key={by} value={`${by} ascending`}>
            {title}
          </option>,
          <option key={`-${by}`} value={`${by} descending`}>
            {title}, from the end
          </option>,
        ])}
      </select>
    </label>
  );
}

function FollowField(): JSX.Element {
  const here = place.value;
  return (
    <label class="out-check">
      <input
        type="checkbox"
        checked={followsDocument.value}
        onChange={event => {
          followsDocument.value = event.currentTarget.checked;
        }}
      />
      <span>
        Only what comes from the caret’s place in the document
        {here ? (
          <>
            {' '}
            (<code>{here.path}</code>: {counted(here.records, 'record')})
          </>
        ) : null}
      </span>
    </label>
  );
}

/** Filters that were taken from a record, each with a button that takes it away. */
function Chips(): JSX.Element | null {
  if (!isFiltered.value) return null;
  const set = OF_A_RECORD.filter(field => filters.value[field] !== '');
  return (
    <p class="out-chips">
      {set.map(field => (
        <button key={field} type="button" class="out-chip" onClick={() => filterBy({ [field]: '' })}>
          <span class="fr-unseen">Records are shown only of </span>
          {field} {filters.value[field]} <span aria-hidden="true">×</span>
          <span class="fr-unseen">; show all again</span>
        </button>
      ))}
      <button type="button" class="out-small" onClick={showAll}>
        Show all records
      </button>
    </p>
  );
}
