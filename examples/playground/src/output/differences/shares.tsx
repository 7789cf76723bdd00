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
        <Table key={what} what={what} title={title} shares={shares.filter(share => share.what === what)} />
      ))}
    </div>
  );
}

interface TableProps {
  what: DifferenceShare['what'];
  title: string;
  shares: readonly DifferenceShare[];
}

/** A rule, or a service, of two policies is a line under each: they are not one's doing. */
function Table({ what, title, shares }: TableProps): JSX.Element | null {
  if (shares.length === 0) return null;
  const largest = [...shares].sort((one, other) => size(other) - size(one)).slice(0, MOST_SHOWN);
  const isOfPolicies = what === 'policy';
  return (
    <details>
      <summary>
        {title} ({shares.length})
      </summary>
      <table class="out-table">
        <thead>
          <tr>
            <th scope="col">Policy</th>
            {isOfPolicies ? null : <th scope="col">{what === 'rule' ? 'Rule' : 'Service'}</th>}
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
          {largest.map(({ policy, name, added, removed, changed }) => (
            <tr key={`${policy} ${name}`}>
              {isOfPolicies ? null : <td>{policy}</td>}
              <th scope="row">{isOfPolicies ? policy : (name ?? 'none')}</th>
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
