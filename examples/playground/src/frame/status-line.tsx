//! What the page is doing, in one line; and what a screen reader is told.

import { announcement, failure, isLive, outcome, progress, ready } from '../state';
import { readAgain } from './live';
import { isKept } from './offline';

export function StatusLine() {
  return (
    <footer class="fr-status">
      <p class="fr-state" data-testid="state" data-state={state()}>
        {sentence()}
      </p>
      {isLive.value && (
        <p class="fr-quiet">
          A running daemon's state, to be read: nothing here changes it.{' '}
          <button type="button" onClick={() => void readAgain()}>
            Read the daemon again
          </button>
        </p>
      )}
      {isKept.value && <p class="fr-quiet">Kept for use without a network.</p>}
      <p class="fr-unseen" role="status" aria-live="polite">
        {announcement.value}
      </p>
    </footer>
  );
}

/** For tests, and for the colour. */
function state(): 'starting' | 'working' | 'failed' | 'done' {
  if (failure.value !== null) return 'failed';
  if (!ready.value) return 'starting';
  if (progress.value !== null || outcome.value === null) return 'working';
  return 'done';
}

function sentence(): string {
  if (failure.value !== null) return failure.value;
  if (!ready.value) return 'Loading the engine …';
  if (progress.value !== null && progress.value.of > 0) {
    return `${progress.value.done} of ${progress.value.of} services`;
  }
  const done = outcome.value;
  if (done === null) return 'Making names …';
  const count = (of: 'names' | 'records') => done.zones.reduce((sum, zone) => sum + zone[of], 0);
  const zones = done.zones.length === 1 ? '1 zone' : `${done.zones.length} zones`;
  return `${zones}, ${count('names')} names, ${count('records')} records in ${Math.ceil(done.timings.total)} ms`;
}
