//! Tabs as the ARIA practices have them: one stop for the tabulator, arrow keys within.

import type { Signal } from '@preact/signals';

export interface Tab {
  id: string;
  title: string;
  /** The id of the panel that it shows. */
  panel: string;
  /** A number worth showing beside the title. */
  count?: number;
}

export function Tabs({ label, tabs, chosen }: { label: string; tabs: Tab[]; chosen: Signal<string> }) {
  const choose = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const at = tabs.findIndex(tab => tab.id === chosen.value);
    const moves: Record<string, number> = {
      ArrowLeft: (at + tabs.length - 1) % tabs.length,
      ArrowRight: (at + 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    };
    const next = tabs[moves[event.key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    chosen.value = next.id;
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <div class="fr-tabs" role="tablist" aria-label={label} onKeyDown={choose}>
      {tabs.map(({ id, title, panel, count }) => (
        <button
          key={id}
          type="button"
          role="tab"
          data-tab={id}
          aria-selected={chosen.value === id}
          aria-controls={panel}
          tabIndex={chosen.value === id ? 0 : -1}
          onClick={() => {
            chosen.value = id;
          }}
        >
          {title}
          {count !== undefined && count > 0 && <span class="fr-count">{count}</span>}
        </button>
      ))}
    </div>
  );
}
