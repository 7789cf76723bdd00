//! Whose the records are that differ: by policy, by rule, by service.

import type { JSX } from 'preact';
import type { DifferenceShare } from '../../engine/protocol';
import { number } from '../words';

/** Of each kind, those with the most; a service more is a line more. */
const MOST_SHOWN = 20;

const KINDS = [
  ['policy', 'By policy'],
  ['rule', 'By rule'],
  ['service', 'By service'],
] as const;

export function Shares({ shares }: { shares: readonly DifferenceShare[] }): JSX.Element | null {
  if (shares.length === 0) return null;
  return (
    <div class="out-shares">
      {KINDS.map(([what, title]) => (
        <Table key={what} title={title} shares={summed(shares.filter(share => share.what === what))} />
      ))}
    </div>
  );
}

function Table({ title, shares }: { title: string; shares: readonly DifferenceShare[] }): JSX.Element | null {
  if (shares.length === 0) return null;
  const largest = [...shares].sort((one, other) => size(other) - size(one)).slice(0, MOST_SHOWN);
  return (
    <details>
      <summary>
        {title} ({shares.length})
      </summary>
      <table class="out-table">
        <thead>
          <tr>
            <th scope="col">{title.replace(/^By (.)/, (_, first: string) => first.toUpperCase())}</th>
            <th scope="col" class="out-number">
              Added
            </th>
            <th scope="col" class="out-number">
              Removed
            </th>
            <th scope="col" class="out-number">
              Changed
            </th>
          </tr>
        </thead>
        <tbody>
          {largest.map(({ name, added, removed, changed }) => (
            <tr key={name}>
              <th scope="row">{name === '' ? 'none' : name}</th>
              <td class="out-number">{number(added)}</td>
              <td class="out-number">{number(removed)}</td>
              <td class="out-number">{number(changed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function size({ added, removed, changed }: DifferenceShare): number {
  return added + removed + changed;
}

/** One for each name: a service, and a rule that is called the same, has a share under each of several policies. */
export function summed(shares: readonly DifferenceShare[]): DifferenceShare[] {
  const sums = new Map<string, DifferenceShare>();
  for (const share of shares) {
    const { name, added, removed, changed } = share;
    const sum = sums.get(name) ?? { ...share, added: 0, removed: 0, changed: 0 };
    sums.set(name, {
      ...sum,
      added: sum.added + added,
      removed: sum.removed + removed,
      changed: sum.changed + changed,
    });
  }
  return [...sums.values()];
}
