//! Light, dark, or as the system has it; remembered where the browser lets us.

import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'zonesmith-theme';

/** What the reader chose. */
export const theme = signal<Theme>(remembered());

const system = window.matchMedia('(prefers-color-scheme: dark)');

/** Whether the page is dark now. */
export const isDark = signal(system.matches);

/** Keeps the page as the choice and the system say, from now on. */
export function dress(): void {
  const apply = () => {
    isDark.value = theme.value === 'dark' || (theme.value === 'system' && system.matches);
    document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light';
  };
  effect(apply);
  system.addEventListener('change', apply);
}

/** The next of the three. */
export function turn(): void {
  const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
  theme.value = next[theme.value];
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // Storage is forbidden: the choice lasts as long as the page.
  }
}

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'light' || kept === 'dark') return kept;
  } catch {
    // As above.
  }
  return 'system';
}
