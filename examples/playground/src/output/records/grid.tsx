//! The table itself: a grid of the ARIA authoring practices, of which only the rows that can be seen are in the document. It
//! has one stop of the tabulator key; within it arrows go from cell to cell, the titles of the columns included.

import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Row } from '../../engine/protocol';
import { columns, type ShownColumn } from './columns';
import { type Cell, type Extent, HEAD, held, moved } from './keys';
import type { RecordStore, Start } from './store';
import { type Sort, sort, sortBy } from './view';
import { scrolledTo, visible } from './visible';

/** Heights in rem: a line, and two where there is little room. */
const ROW = 1.75;
const NARROW_ROW = 3.25;

/** Below it, in rem, a record has two lines. */
const NARROW = 40;

interface Props {
  store: RecordStore;
  label: string;
  cell: Cell | null;
  choose: (cell: Cell) => void;
  /** The first record that comes from where the caret of the editor is: shown when the caret comes there. */
  start: Start | null;
  /** Whether a record is marked. */
  isMarked: (row: Row) => boolean;
  /** The record of the chosen cell is to be shown in the document. */
  open: () => void;
}

export function Grid(props: Props): JSX.Element {
  const { store, label, cell, choose, start, isMarked, open } = props;
  const box = useRef<HTMLDivElement>(null);
  const table = useRef<HTMLTableElement>(null);
  const [top, setTop] = useState(0);
  const size = useSize(box);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const isNarrow = size.width < NARROW * rem;
  const shown = columns(isNarrow);
  const height = Math.round((isNarrow ? NARROW_ROW : ROW) * rem);
  const head = isNarrow ? 0 : height;
  const view = Math.max(size.height - head, height);
  const total = store.total.value;
  const { first, end } = visible(top, view, height, total);
  const extent: Extent = {
    rows: total,
    columns: shown.length,
    page: Math.max(Math.floor(view / height) - 1, 1),
    hasHead: !isNarrow,
  };
  const chosen = cell && held(cell, extent);

  useEffect(() => void store.show({ first, end }), [store, first, end]);
  const reveal = (row: number) => {
    if (box.current) box.current.scrollTop = scrolledTo(row, box.current.scrollTop, view, height);
  };
  useLayoutEffect(() => {
    if (chosen && chosen.row !== HEAD) reveal(chosen.row);
    // The place below the table grows when a record is chosen: the table has less room then.
  }, [chosen?.row, height, view]);
  useLayoutEffect(() => {
    if (start) reveal(start.row);
  }, [start?.path]);

  const sortByColumn = (column: number) => {
    const by = shown[column]?.by;
    if (by) sortBy(by);
  };
  const press = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey) return;
    const from = chosen ?? { row: 0, column: 0 };
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (from.row === HEAD) sortByColumn(from.column);
      else open();
      return;
    }
    const to = moved(from, event.key, event.ctrlKey, extent);
    if (!to) return;
    event.preventDefault();
    choose(to);
  };
  const point = (event: MouseEvent) => {
    const to = cellOf(event.target);
    if (!to) return;
    choose(to);
    if (to.row === HEAD) sortByColumn(to.column);
  };
  // A click chooses a cell by itself.
  const focus = () => {
    const isByKey = table.current?.matches(':focus-visible');
    if (isByKey && !chosen && total > 0) choose({ row: Math.ceil(top / height), column: 0 });
  };
  const isThere = chosen && (chosen.row === HEAD || (chosen.row >= first && chosen.row < end));
  const rows = Array.from({ length: end - first }, (_, at) => first + at);
  return (
    <div class="out-grid" ref={box} onScroll={event => setTop(event.currentTarget.scrollTop)}>
      <div style={{ height: `${head + total * height}px`, paddingTop: `${first * height}px` }}>
        <table
          ref={table}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: what ARIA calls a table that takes keys
          role="grid"
          aria-label={label}
          aria-rowcount={total + 1}
          aria-activedescendant={isThere ? cellId(chosen) : undefined}
          tabIndex={0}
          class={isNarrow ? 'out-narrow' : undefined}
          style={{ '--out-row': `${height}px` }}
          onKeyDown={press}
          onMouseDown={point}
          onDblClick={event => cellOf(event.target) && open()}
          onFocus={focus}
        >
          <Head shown={shown} isUnseen={isNarrow} column={chosen?.row === HEAD ? chosen.column : null} />
          <tbody>
            {rows.map(row => (
              <Record
                key={row}
                row={row}
                record={store.row(row)}
                shown={shown}
                column={chosen?.row === row ? chosen.column : null}
                isMarked={isMarked}
              />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

interface HeadProps {
  shown: readonly ShownColumn[];
  isUnseen: boolean;
  /** Of the chosen cell; null: it is of another row. */
  column: number | null;
}

function Head({ shown, isUnseen, column }: HeadProps): JSX.Element {
  return (
    <thead class={isUnseen ? 'fr-unseen' : undefined}>
      <tr aria-rowindex={1}>
        {shown.map(({ title, by, width }, at) => (
          <th
            key={title}
            id={cellId({ row: HEAD, column: at })}
            scope="col"
            aria-sort={by && sorted(sort.value, by)}
            class={at === column ? 'out-chosen' : undefined}
            style={{ width }}
          >
            {title}
            <span aria-hidden="true">{by && arrow(sort.value, by)}</span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface RecordProps {
  row: number;
  record: Row | undefined;
  shown: readonly ShownColumn[];
  /** Of the chosen cell; null: it is of another row. */
  column: number | null;
  isMarked: (row: Row) => boolean;
}

function Record({ row, record, shown, column, isMarked }: RecordProps): JSX.Element {
  const marked = record !== undefined && isMarked(record);
  return (
    <tr
      aria-rowindex={row + 2}
      aria-selected={column !== null}
      class={`${marked ? 'out-marked ' : ''}${column === null ? '' : 'out-chosen-row'}`}
    >
      {shown.map(({ title, show }, at) => (
        <td key={title} id={cellId({ row, column: at })} class={at === column ? 'out-chosen' : undefined}>
          {marked && at === 0 ? <span class="fr-unseen">From the caret’s place: </span> : null}
          {record ? show(record) : '…'}
        </td>
      ))}
    </tr>
  );
}

const CELL_ID = 'out-cell';

function cellId({ row, column }: Cell): string {
  return `${CELL_ID}_${row}_${column}`;
}

/** The cell that somebody points at. */
function cellOf(target: EventTarget | null): Cell | null {
  const element = target instanceof Element ? target.closest(`[id^=${CELL_ID}_]`) : null;
  const [, row, column] = element?.id.split('_') ?? [];
  return row === undefined || column === undefined ? null : { row: Number(row), column: Number(column) };
}

function sorted(by: Sort | null, column: string): 'ascending' | 'descending' | 'none' {
  if (by?.by !== column) return 'none';
  return by.descending ? 'descending' : 'ascending';
}

function arrow(by: Sort | null, column: string): string {
  return { ascending: ' ▲', descending: ' ▼', none: '' }[sorted(by, column)];
}

/** How large an element is, as it changes. */
function useSize(element: { current: HTMLElement | null }): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const watched = element.current;
    if (!watched) return undefined;
    const measure = () => setSize({ width: watched.clientWidth, height: watched.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  return size;
}
