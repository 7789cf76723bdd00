import { theme, turn } from './theme';

const TITLES = { system: 'as the system', light: 'light', dark: 'dark' };
const SIGNS = { system: '◐', light: '☀', dark: '☾' };

export function ThemeButton() {
  return (
    <button
      type="button"
      class="fr-theme"
      onClick={turn}
      aria-label={`Colours: ${TITLES[theme.value]}`}
      title={`Colours: ${TITLES[theme.value]}`}
    >
      <span aria-hidden="true">{SIGNS[theme.value]}</span>
    </button>
  );
}
