//! The columns of the table of records, and how wide each is.

import type { ComponentChildren } from 'preact';
import type { Column, Row } from '../../engine/protocol';

export interface ShownColumn {
  title: string;
  /** Of a column of a table, of which the widths are a share. */
  width: string;
  /** None: the column cannot be sorted by. */
  by?: Column;
  show: (row: Row) => ComponentChildren;
}

export const SORTABLE: readonly (ShownColumn & { by: Column })[] = [
  { by: 'owner', title: 'Name', width: '23%', show: row => row.owner },
  { by: 'ttl', title: 'TTL', width: '5%', show: row => row.ttl },
  { by: 'type', title: 'Type', width: '5%', show: row => row.type },
  { by: 'rdata', title: 'Content', width: '19%', show: row => row.rdata },
  { by: 'service', title: 'Service', width: '13%', show: row => row.service },
  { by: 'rule', title: 'Rule', width: '9%', show: row => row.rule?.name },
  { by: 'instance', title: 'Instance', width: '8%', show: row => row.instance },
  { by: 'resource', title: 'Resource', width: '9%', show: row => row.resource },
  { by: 'policy', title: 'Policy', width: '9%', show: row => row.policy },
];

/** Where there is little room, the record alone, in two lines: who made it stands below the table. */
const NARROW: readonly ShownColumn[] = [
  {
    title: 'Record',
    width: '100%',
    show: ({ owner, ttl, type, rdata }) => (
      <>
        <span class="out-line">{owner}</span>
        <span class="out-line">
          {ttl} {type} {rdata}
        </span>
      </>
    ),
  },
];

export function columns(isNarrow: boolean): readonly ShownColumn[] {
  return isNarrow ? NARROW : SORTABLE;
}
