//! Moving in a table with keys, as the ARIA authoring practices have it for grids.

export interface Cell {
  /** HEAD: the titles of the columns. */
  row: number;
  column: number;
}

/** The row of the titles. */
export const HEAD = -1;

export interface Extent {
  rows: number;
  columns: number;
  /** Rows that can be seen at once. */
  page: number;
  /** Whether the titles can be seen. */
  hasHead: boolean;
}

/** The cell that a key leads to from another one; null: the key is none that moves. */
export function moved(cell: Cell, key: string, withControl: boolean, extent: Extent): Cell | null {
  const to = target(cell, key, withControl, extent);
  return to && held(to, extent);
}

/** The cell, or the nearest one that there is. */
export function held(cell: Cell, { rows, columns, hasHead }: Extent): Cell {
  return {
    row: Math.max(hasHead ? HEAD : 0, Math.min(cell.row, rows - 1)),
    column: Math.max(0, Math.min(cell.column, columns - 1)),
  };
}

function target(cell: Cell, key: string, withControl: boolean, extent: Extent): Cell | null {
  const { row, column } = cell;
  switch (key) {
    case 'ArrowUp':
      return { row: row - 1, column };
    case 'ArrowDown':
      return { row: row + 1, column };
    case 'ArrowLeft':
      return { row, column: column - 1 };
    case 'ArrowRight':
      return { row, column: column + 1 };
    case 'PageUp':
      return { row: Math.max(row - extent.page, Math.min(row, 0)), column };
    case 'PageDown':
      return { row: row + extent.page, column };
    case 'Home':
      return { row: withControl ? Math.min(0, extent.rows - 1) : row, column: 0 };
    case 'End':
      return { row: withControl ? extent.rows - 1 : row, column: extent.columns - 1 };
    default:
      return null;
  }
}
