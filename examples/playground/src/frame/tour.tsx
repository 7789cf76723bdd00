//! Two minutes that show what the page does. It points at things and never takes them away: everything can be used
//! while it is open, and Escape ends it.

import { signal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { outputTab } from '../state';
import { side } from './room';
import { STEPS } from './tour-steps';

const KEY = 'zonesmith-tour';

/** The step that is shown; null when there is no tour. */
export const step = signal<number | null>(null);

/** Whether a reader who is here for the first time is asked. */
const isOffered = signal(!wasHere());

export function beginTour(): void {
  decline();
  step.value = 0;
}

function decline(): void {
  isOffered.value = false;
  try {
    localStorage.setItem(KEY, 'known');
  } catch {
    // Storage is forbidden: the question comes again with the next visit.
  }
}

function wasHere(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

export function TourButton() {
  return (
    <button type="button" onClick={beginTour}>
      Tour
    </button>
  );
}

/** The question for those who are new. It takes room of its own and covers nothing. */
export function TourOffer() {
  if (!isOffered.value || step.value !== null) return null;
  return (
    <aside class="fr-offer" aria-label="Guided tour">
      <p>New here? Two minutes show what this page does.</p>
      <button type="button" onClick={beginTour}>
        Show me
      </button>
      <button type="button" onClick={decline}>
        No, thanks
      </button>
    </aside>
  );
}

export function Tour() {
  const card = useRef<HTMLElement>(null);
  const before = useRef<Element | null>(null);
  useSignalEffect(() => {
    const now = step.value === null ? undefined : STEPS[step.value];
    for (const marked of document.querySelectorAll('.fr-pointed-at'))
      marked.classList.remove('fr-pointed-at');
    if (now === undefined) return;
    side.value = now.side;
    if (now.outputTab !== undefined) outputTab.value = now.outputTab;
    // After what these two change was drawn.
    requestAnimationFrame(() => {
      const target = document.querySelector(now.target);
      target?.classList.add('fr-pointed-at');
      target?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    });
  });
  const isOpen = step.value !== null;
  useEffect(() => {
    if (isOpen) {
      before.current = document.activeElement;
      card.current?.focus();
    } else if (before.current instanceof HTMLElement) {
      before.current.focus();
      before.current = null;
    }
  }, [isOpen]);
  useEffect(() => {
    // The button that was pressed may be gone: the keys stay with the card.
    if (step.value !== null && document.activeElement === document.body) card.current?.focus();
  }, [step.value]);
  if (step.value === null) return null;
  const at = step.value;
  const now = STEPS[at];
  if (now === undefined) return null;
  const end = () => {
    step.value = null;
  };
  const isLast = at === STEPS.length - 1;
  return (
    <section
      ref={card}
      class="fr-tour"
      aria-labelledby="fr-tour-title"
      tabIndex={-1}
      onKeyDown={event => {
        if (event.key === 'Escape') end();
      }}
    >
      <div aria-live="polite">
        <h2 id="fr-tour-title">
          {now.title}{' '}
          <span class="fr-quiet">
            {at + 1} of {STEPS.length}
          </span>
        </h2>
        <p>{now.text}</p>
      </div>
      <div class="fr-tour-buttons">
        <button type="button" onClick={end}>
          {isLast ? 'Close' : 'Skip the rest'}
        </button>
        <button
          type="button"
          disabled={at === 0}
          onClick={() => {
            step.value = at - 1;
          }}
        >
          Back
        </button>
        {!isLast && (
          <button
            type="button"
            class="fr-primary"
            onClick={() => {
              step.value = at + 1;
            }}
          >
            Next
          </button>
        )}
      </div>
    </section>
  );
}
