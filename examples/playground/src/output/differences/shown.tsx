//! A difference: how much, whose, and then name by name.

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import {
  type Change,
  DIFFERENT_NAMES,
  type Difference,
  type NameDifference,
  type Row,
  type ZoneDifference,
} from '../../engine/protocol';
import { ProblemList } from '../problems';
import { counted, list } from '../words';
import { Shares } from './shares';

/** Names shown at once. */
const MOST_SHOWN = 100;

export function ShownDifference({ difference }: { difference: Difference }): JSX.Element {
  const text = useSignal('');
  const most = useSignal(MOST_SHOWN);
  const { zones, changes, by, problems } = difference;
  const wanted = changes.filter(change => isLike(change, text.value));
  return (
    <>
      <p class="out-summary" role="status">
        {summary(difference)}
      </p>
      <Shares shares={by} />
      <Zones zones={zones} />
      <ProblemPart title="Problems that come" problems={problems.came} />
      <ProblemPart title="Problems that go" problems={problems.gone} />
      {changes.length === 0 ? null : (
        <div class="out-fields">
          <label class="out-wide">
            A part of the name
            <input
              type="search"
              value={text.value}
              spellcheck={false}
              onInput={event => {
                text.value = event.currentTarget.value.trim().toLowerCase();
              }}
            />
          </label>
        </div>
      )}
      <ul class="out-changes">
        {wanted.slice(0, most.value).map(change => (
          <Name key={change.name} change={change} />
        ))}
      </ul>
      {wanted.length > most.value ? (
        <button
          type="button"
          onClick={() => {
            most.value += MOST_SHOWN;
          }}
        >
          Show more: {counted(wanted.length - most.value, 'name is', 'names are')} left
        </button>
      ) : null}
      {changes.length >= DIFFERENT_NAMES ? (
        <p class="out-hint">
          Of the names that differ, the first {counted(DIFFERENT_NAMES, 'one')} can be shown.
        </p>
      ) : null}
    </>
  );
}

export function summary({ zones, names, records }: Difference): string {
  const isOfNames = names.added + names.removed + names.changed > 0;
  const said = isOfNames ? `Names: ${parts(names)}. Records: ${parts(records)}.` : 'No name differs.';
  if (zones.length === 0) return said;
  const count = (change: Change) => zones.filter(zone => zone.change === change).length;
  const counts = { added: count('added'), removed: count('removed'), changed: count('changed') };
  return `${said} Zones: ${parts(counts)}.`;
}

function parts({ added, removed, changed }: Difference['names']): string {
  const said = [
    [added, 'added'],
    [removed, 'removed'],
    [changed, 'changed'],
  ] as const;
  return list(said.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`));
}

function isLike({ name }: NameDifference, text: string): boolean {
  return name.toLowerCase().includes(text);
}

function ProblemPart({
  title,
  problems,
}: {
  title: string;
  problems: Difference['problems']['came'];
}): JSX.Element | null {
  if (problems.length === 0) return null;
  return (
    <details>
      <summary>
        {title} ({problems.length})
      </summary>
      <ProblemList problems={problems.slice(0, MOST_SHOWN)} />
    </details>
  );
}

/** Folded: another SOA is another SOA in every zone of a policy. */
function Zones({ zones }: { zones: readonly ZoneDifference[] }): JSX.Element | null {
  if (zones.length === 0) return null;
  return (
    <details>
      <summary>Zones ({zones.length})</summary>
      <ul class="out-changes out-zones">
        {zones.map(zone => (
          <Zone key={zone.apex} zone={zone} />
        ))}
      </ul>
    </details>
  );
}

function Zone({ zone }: { zone: ZoneDifference }): JSX.Element {
  const { apex, change, before, after } = zone;
  return (
    <li class={`out-change out-${change}`}>
      <Sign change={change} />
      zone <code>{apex}</code>
      {change === 'changed' ? (
        <>
          : <code>{after}</code>, before <code>{before}</code>
        </>
      ) : null}
    </li>
  );
}

const SIGNS: Record<Change, string> = { added: '+', removed: '−', changed: '~' };

function Sign({ change }: { change: Change }): JSX.Element {
  return (
    <>
      <span aria-hidden="true">{SIGNS[change]} </span>
      <span class="fr-unseen">{change}: </span>
    </>
  );
}

function Name({ change }: { change: NameDifference }): JSX.Element {
  const { name, change: what, added, removed, changed } = change;
  return (
    <li>
      <h2>
        <code>{name}</code> {what}
      </h2>
      <ul>
        {removed.map(row => (
          <Line key={`- ${text(row)}`} what="removed" row={row} />
        ))}
        {added.map(row => (
          <Line key={`+ ${text(row)}`} what="added" row={row} />
        ))}
        {changed.map(({ before, after }) => (
          <Line key={`~ ${text(after)}`} what="changed" row={after} note={`TTL ${before.ttl} before`} />
        ))}
      </ul>
    </li>
  );
}

interface LineProps {
  what: Change;
  row: Row;
  note?: string;
}

function Line({ what, row, note }: LineProps): JSX.Element {
  const { policy, rule, service } = row;
  const maker = [policy, rule && `rule ${rule.name}`, service].filter(Boolean).join(', ');
  return (
    <li class={`out-change out-${what}`}>
      <Sign change={what} />
      <code>{text(row)}</code>
      {note === undefined ? null : ` (${note})`} <span class="out-hint">{maker}</span>
    </li>
  );
}

function text({ ttl, type, rdata }: Row): string {
  return `${ttl} ${type} ${rdata}`;
}
