//! How much room there is.

import { signal } from '@preact/signals';

const query = window.matchMedia('(max-width: 820px)');

/** Whether both sides do not fit beside each other. */
export const isNarrow = signal(query.matches);

query.addEventListener('change', () => {
  isNarrow.value = query.matches;
});

/** Which side is shown where one is. */
export const side = signal('input');
