//! The line between the two sides, which a pointer or the arrow keys move.

import { signal } from '@preact/signals';

/** Percent of the width that the left side has. */
export const share = signal(42);

const LEAST = 20;
const MOST = 80;
const STEP = 4;

function move(to: number): void {
  share.value = Math.round(Math.min(MOST, Math.max(LEAST, to)));
}

export function Divider() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that can be moved is no <hr>
    <div
      class="fr-divider"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the left side"
      aria-valuenow={share.value}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onKeyDown={event => {
        const steps: Record<string, number> = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -100, End: 100 };
        const step = steps[event.key];
        if (step === undefined) return;
        event.preventDefault();
        move(share.value + step);
      }}
      onPointerDown={event => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={event => {
        const line = event.currentTarget;
        if (!line.hasPointerCapture(event.pointerId)) return;
        const box = line.parentElement?.getBoundingClientRect();
        if (box) move(((event.clientX - box.left) / box.width) * 100);
      }}
    />
  );
}
