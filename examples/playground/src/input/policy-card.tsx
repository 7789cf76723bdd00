//! One place of the stack.

import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { PolicySlot } from '../engine/protocol';
import { outcome } from '../state';
import { known } from './catalogue';
import { firstSentence, Prose, Words } from './prose';
import { Settings } from './settings/settings';
import { change, move, NO_SETTINGS, remove, standAlone } from './stack';

/** The button that stays when a card, or a button of it, goes: the focus goes there. */
export const ADD_BUTTON = 'in-add-policy';

function focusAdd(): void {
  document.getElementById(ADD_BUTTON)?.focus();
}

/** A card that moves keeps the focus on the button that moved it. */
let focusNext: { card: string; button: 'up' | 'down' } | null = null;

export function PolicyCard({ slot, at, of }: { slot: PolicySlot; at: number; of: number }) {
  const isOpen = useSignal(false);
  const panel = useId();
  const card = useRef<HTMLLIElement>(null);
  const component = known(slot.digest);
  const refusal = outcome.value?.refusals.find(({ id }) => id === slot.id);
  useEffect(() => {
    if (focusNext?.card !== slot.id) return;
    const { button } = focusNext;
    focusNext = null;
    const other = button === 'up' ? 'down' : 'up';
    const find = (which: string) =>
      card.current?.querySelector<HTMLButtonElement>(`[data-move="${which}"]:enabled`);
    (find(button) ?? find(other))?.focus();
  });
  const moves = (button: 'up' | 'down', by: -1 | 1) => () => {
    focusNext = { card: slot.id, button };
    move(slot, by);
  };
  return (
    <li ref={card} class={slot.enabled ? 'in-policy' : 'in-policy in-off'} data-policy={slot.name}>
      <div class="in-policy-head">
        <label>
          <input
            type="checkbox"
            checked={slot.enabled}
            onChange={event => change(slot, { enabled: event.currentTarget.checked })}
          />{' '}
          <strong>{slot.name}</strong> <span class="fr-quiet">{component?.description?.version}</span>
        </label>
        <span class="in-tools">
          <button
            type="button"
            aria-expanded={isOpen.value}
            aria-controls={panel}
            aria-label={`Settings of ${slot.name}`}
            onClick={() => {
              isOpen.value = !isOpen.value;
            }}
          >
            Settings{slot.settings.trim() !== NO_SETTINGS && <span title="not the defaults"> •</span>}
          </button>
          {of > 1 && (
            <>
              <button
                type="button"
                data-move="up"
                disabled={at === 0}
                aria-label={`Move ${slot.name} up`}
                onClick={moves('up', -1)}
              >
                <span aria-hidden="true">↑</span>
              </button>
              <button
                type="button"
                data-move="down"
                disabled={at === of - 1}
                aria-label={`Move ${slot.name} down`}
                onClick={moves('down', 1)}
              >
                <span aria-hidden="true">↓</span>
              </button>
              <button
                type="button"
                onClick={() => {
                  standAlone(slot);
                  focusAdd();
                }}
              >
                <span class="fr-unseen">Use {slot.name}</span> Alone
              </button>
            </>
          )}
          <button
            type="button"
            aria-label={`Remove ${slot.name}`}
            onClick={() => {
              remove(slot);
              focusAdd();
            }}
          >
            <span aria-hidden="true">✕</span>
          </button>
        </span>
      </div>
      {refusal !== undefined && slot.enabled && (
        <p class="in-bad" role="alert">
          Refused at {refusal.stage}: <Words text={refusal.reason} />
        </p>
      )}
      <div id={panel} hidden={!isOpen.value}>
        {isOpen.value && (
          <>
            <About text={component?.description?.documentation ?? ''} />
            <Settings slot={slot} schema={component?.description?.settingsSchema ?? ''} />
          </>
        )}
      </div>
    </li>
  );
}

/** What the policy says of itself: its first sentence, and the rest for those who ask. */
function About({ text }: { text: string }) {
  const first = firstSentence(text);
  const rest = text.trim().slice(first.length).trim();
  if (rest === '') return <Prose text={first} />;
  return (
    <details class="in-about-policy">
      <summary>
        <Words text={first} />
      </summary>
      <Prose text={rest} />
    </details>
  );
}
