//! The stack of policies: who is asked, in which order, with which settings; and where more of them come from.

import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import type { Shipped } from '../engine/protocol';
import { outcome, policies } from '../state';
import { shipped } from './catalogue';
import { ADD_BUTTON, PolicyCard } from './policy-card';
import { firstSentence, Prose } from './prose';
import { ofInput, receive } from './receive';
import { add, place, standAlone } from './stack';

export function Policies() {
  const isAdding = useSignal(false);
  const panel = useId();
  const list = policies.value;
  return (
    <section class="in-policies" aria-label="Policies">
      <div class="in-bar">
        <h2>Policies</h2>
        <button
          id={ADD_BUTTON}
          type="button"
          aria-expanded={isAdding.value}
          aria-controls={panel}
          onClick={() => {
            isAdding.value = !isAdding.value;
          }}
        >
          {isAdding.value ? 'Done' : 'Add a policy'}
        </button>
      </div>
      <div id={panel} hidden={!isAdding.value}>
        {isAdding.value && <Choice />}
      </div>
      {list.length === 0 && <p class="in-hint">There is no policy: nothing has a name.</p>}
      {list.length > 1 && (
        <p class="in-hint">
          An RRset belongs whole to the first policy that has it. Who adds names stands below.
        </p>
      )}
      <ol class="in-stack">
        {list.map((slot, at) => (
          <PolicyCard key={slot.id} slot={slot} at={at} of={list.length} />
        ))}
      </ol>
      <NoZones />
    </section>
  );
}

/** Those of the page, and a file. */
function Choice() {
  const file = useRef<HTMLInputElement>(null);
  return (
    <div class="in-choice">
      <ul>
        {shipped.value.map(policy => (
          <Offer key={policy.digest} policy={policy} />
        ))}
      </ul>
      <p class="in-hint">
        <button type="button" onClick={() => file.current?.click()}>
          A component from a file …
        </button>{' '}
        or drop a <code>.wasm</code> anywhere on the page. One of the same name is replaced, and keeps its
        settings.
      </p>
      <input
        ref={file}
        type="file"
        accept=".wasm"
        multiple
        hidden
        aria-label="Components"
        data-testid="component-file"
        onChange={event => receive(ofInput(event.currentTarget))}
      />
    </div>
  );
}

function Offer({ policy }: { policy: Shipped }) {
  const { name, description, size, optional } = policy;
  return (
    <li>
      <div>
        <strong>{name}</strong>{' '}
        <span class="fr-quiet">
          {description.version}
          {optional && `, ${(size / 1e6).toFixed(1)} MB`}
        </span>
        <Prose text={firstSentence(description.documentation)} />
      </div>
      <button type="button" aria-label={`Add ${name}`} onClick={() => add(place(policy))}>
        Add
      </button>
      <button type="button" onClick={() => standAlone(place(policy))}>
        Use <span class="fr-unseen">{name}</span> alone
      </button>
    </li>
  );
}

/** A policy that only adds to others' zones gives nothing by itself: the way out is a click. */
function NoZones() {
  const list = policies.value;
  const result = outcome.value;
  const standing = shipped.value.find(policy => policy.name === 'default');
  if (result === null || standing === undefined || result.isRefused) return null;
  if (result.zones.length > 0 || result.refusals.length > 0 || !list.some(slot => slot.enabled)) return null;
  if (list.some(slot => slot.name === standing.name)) return null;
  return (
    <p class="in-hint">
      No policy has a zone of its own.{' '}
      <button
        type="button"
        onClick={() => {
          policies.value = [place(standing), ...list];
        }}
      >
        Put {standing.name} before it
      </button>
    </p>
  );
}
