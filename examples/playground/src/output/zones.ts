//! The zones, as lists to choose from have them.

import type { ZoneSummary } from '../engine/protocol';

/** Those of addresses last: nobody came for them. */
export function listed(zones: readonly ZoneSummary[]): ZoneSummary[] {
  return [...zones].sort((one, other) => Number(isReverse(one)) - Number(isReverse(other)));
}

function isReverse({ apex }: ZoneSummary): boolean {
  return apex === 'arpa.' || apex.endsWith('.arpa.');
}
