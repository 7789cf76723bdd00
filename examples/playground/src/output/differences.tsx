//! What differs: between names that were kept and those there are now, or between these policies and others.
//!
//! - `differences/kept`: what was kept
//! - `differences/candidate`, `differences/stack`: other policies
//! - `differences/shown`, `differences/shares`: a difference

import type { Remote } from 'comlink';
import type { JSX } from 'preact';
import type { Difference, KeptId, PolicySlot, Workbench } from '../engine/protocol';
import { candidate } from './differences/candidate';
import { before, keepNow, kept } from './differences/kept';
import { ShownDifference } from './differences/shown';
import { OtherStack } from './differences/stack';
import { useLatest } from './latest';

const OTHER_POLICIES = 'other-policies';

export function Differences(): JSX.Element {
  const from = before.value;
  const choose = (value: string) => {
    before.value = value === OTHER_POLICIES ? null : Number(value);
  };
  return (
    <div class="out-differences">
      <div class="out-fields">
        <label class="out-wide">
          The names now, against
          <select value={from ?? OTHER_POLICIES} onChange={event => choose(event.currentTarget.value)}>
            {kept.value.map(({ id, label }) => (
              <option key={id} value={id}>
                before: {label}
              </option>
            ))}
            <option value={OTHER_POLICIES}>other policies, on the same document</option>
          </select>
        </label>
        <button type="button" onClick={() => void keepNow()}>
          Keep this as before
        </button>
      </div>
      {from === null ? <OtherStack /> : null}
      <Found from={from} policies={from === null ? candidate.value : null} />
    </div>
  );
}

function Found({ from, policies }: { from: KeptId | null; policies: PolicySlot[] | null }): JSX.Element {
  const latest = useLatest(JSON.stringify([from, policies]), bench => compare(bench, from, policies));
  if (latest.failure !== undefined) return <p class="out-error">{latest.failure}</p>;
  if (latest.value) return <ShownDifference difference={latest.value} />;
  return (
    <p class="out-hint">
      {from === null && policies === null
        ? 'Choose what to try: what would come, go or change is shown here. Nothing else on the page changes.'
        : 'The names are compared.'}
    </p>
  );
}

async function compare(
  bench: Remote<Workbench>,
  from: KeptId | null,
  policies: PolicySlot[] | null,
): Promise<Difference | undefined> {
  if (from !== null) return bench.compare(from, 'now');
  return policies ? bench.compareWith(policies) : undefined;
}
