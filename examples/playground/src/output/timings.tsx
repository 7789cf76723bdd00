//! What services cost: the time that each took in the components, when it was last synthesised.

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Timing, UpdateTimings } from '../engine/protocol';
import { outcome } from '../state';
import { useLatest } from './latest';
import { counted, duration, number } from './words';

/** Rows shown: who looks for what is slow finds it above. */
const MOST_SHOWN = 200;

type By = 'service' | 'policy' | 'records' | 'microseconds';

const COLUMNS: readonly { by: By; title: string }[] = [
  { by: 'service', title: 'Service' },
  { by: 'policy', title: 'Policy' },
  { by: 'records', title: 'Records' },
  { by: 'microseconds', title: 'Time' },
];

export function Timings(): JSX.Element {
  const by = useSignal<By>('microseconds');
  const latest = useLatest('timings', bench => bench.timings());
  const all = latest.value ?? [];
  const sorted = [...all].sort((one, other) => compare(one, other, by.value));
  const longest = all.reduce((most, one) => Math.max(most, one.microseconds), 1);
  return (
    <div class="out-timings">
      {outcome.value ? <Update timings={outcome.value.timings} /> : null}
      {latest.failure === undefined ? null : <p class="out-error">{latest.failure}</p>}
      <Policies timings={all} />
      {all.length > MOST_SHOWN ? (
        <p class="out-hint">
          The first {MOST_SHOWN} of {counted(all.length, 'service')}, the order being the table’s.
        </p>
      ) : null}
      {all.length === 0 ? null : (
        <table class="out-table">
          <caption>Time in the component, service by service</caption>
          <thead>
            <tr>
              {COLUMNS.map(column => (
                <th
                  key={column.by}
                  scope="col"
                  aria-sort={column.by === by.value ? order(column.by) : 'none'}
                  class={isNumber(column.by) ? 'out-number' : undefined}
                >
                  <button
                    type="button"
                    class="out-plain"
                    onClick={() => {
                      by.value = column.by;
                    }}
                  >
                    {column.title}
                    <span aria-hidden="true">
                      {column.by === by.value ? (isNumber(column.by) ? ' ▼' : ' ▲') : ''}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, MOST_SHOWN).map((one, at) => (
              <tr key={`${at} ${one.policy} ${one.service ?? ''}`}>
                <th scope="row">{one.service ?? 'the configuration'}</th>
                <td>{one.policy}</td>
                <td class="out-number">{number(one.records)}</td>
                <td class="out-number">
                  {duration(one.microseconds)}
                  <span class="out-bar" aria-hidden="true">
                    <span style={{ width: `${(100 * one.microseconds) / longest}%` }} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** What the last change took. */
function Update({ timings }: { timings: UpdateTimings }): JSX.Element {
  const { read, policies, publish, total, synthesized } = timings;
  const [all, ...parts] = [total, read, policies, publish].map(milliseconds =>
    duration(milliseconds * 1_000),
  );
  return (
    <p>
      The last change took {all}: {parts[0]} for the document, {parts[1]} in policies, which were asked about{' '}
      {counted(synthesized, 'service')}, {parts[2]} to check and merge.
    </p>
  );
}

function Policies({ timings }: { timings: readonly Timing[] }): JSX.Element | null {
  const sums = new Map<string, { services: number; records: number; microseconds: number }>();
  for (const { policy, records, microseconds } of timings) {
    const sum = sums.get(policy) ?? { services: 0, records: 0, microseconds: 0 };
    sums.set(policy, {
      services: sum.services + 1,
      records: sum.records + records,
      microseconds: sum.microseconds + microseconds,
    });
  }
  if (sums.size === 0) return null;
  return (
    <ul class="out-list">
      {[...sums].map(([policy, sum]) => (
        <li key={policy}>
          <strong>{policy}</strong>: {counted(sum.records, 'record')} in {duration(sum.microseconds)},{' '}
          {duration(sum.microseconds / sum.services)} for a service.
        </li>
      ))}
    </ul>
  );
}

function isNumber(by: By): boolean {
  return by === 'records' || by === 'microseconds';
}

/** Names from the first, numbers from the largest. */
function order(by: By): 'ascending' | 'descending' {
  return isNumber(by) ? 'descending' : 'ascending';
}

function compare(one: Timing, other: Timing, by: By): number {
  switch (by) {
    case 'service':
      return (one.service ?? '').localeCompare(other.service ?? '');
    case 'policy':
      return one.policy.localeCompare(other.policy) || other.microseconds - one.microseconds;
    case 'records':
      return other.records - one.records;
    case 'microseconds':
      return other.microseconds - one.microseconds;
  }
}
