//! The fields in which another stack of policies is chosen.

import type { JSX } from 'preact';
import type { PolicySlot } from '../../engine/protocol';
import { policies } from '../../state';
import { useLatest } from '../latest';
import { BEHIND, type Component, replace, replaced } from './candidate';

/** Nothing is chosen in this place. */
const SAME = '';
const LEFT_OUT = 'left out';

export function OtherStack(): JSX.Element {
  const shipped = useLatest('shipped', bench => bench.shipped());
  const components = all(policies.value, shipped.value ?? []);
  return (
    <fieldset class="out-stack">
      <legend>The policies, and what to try instead</legend>
      {policies.value.map((slot, at) => (
        <Place
          key={slot.id}
          id={slot.id}
          title={`${at + 1}. ${slot.name}${slot.enabled ? '' : ' (off)'}`}
          same="stays"
          canLeave
          components={components.filter(({ digest }) => !slot.enabled || digest !== slot.digest)}
        />
      ))}
      <Place id={BEHIND} title="Behind them" same="nothing" canLeave={false} components={components} />
    </fieldset>
  );
}

interface PlaceProps {
  id: string;
  title: string;
  /** What it is called when nothing changes here. */
  same: string;
  canLeave: boolean;
  components: readonly Component[];
}

function Place({ id, title, same, canLeave, components }: PlaceProps): JSX.Element {
  const now = replaced.value.get(id);
  const settings = now?.settings ?? '{}';
  const value = now ? (now.component?.digest ?? LEFT_OUT) : SAME;
  const choose = (chosen: string) => {
    const component = components.find(({ digest }) => digest === chosen) ?? null;
    replace(id, chosen === SAME ? undefined : { component, settings });
  };
  return (
    <div class="out-fields">
      <label>
        {title}
        <select value={value} onChange={event => choose(event.currentTarget.value)}>
          <option value={SAME}>{same}</option>
          {canLeave ? <option value={LEFT_OUT}>left out</option> : null}
          {components.map(({ name, digest }) => (
            <option key={digest} value={digest}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {now?.component ? (
        <label class="out-wide">
          Its settings, as JSON
          <input
            value={settings}
            spellcheck={false}
            class="out-code"
            onChange={event => replace(id, { ...now, settings: event.currentTarget.value.trim() || '{}' })}
          />
        </label>
      ) : null}
    </div>
  );
}

/** Those that come with the page, and those that somebody put into the stack. */
function all(slots: readonly PolicySlot[], shipped: readonly Component[]): Component[] {
  const known = new Map(shipped.map(({ name, digest }) => [digest, { name, digest }]));
  for (const { name, digest } of slots) {
    if (!known.has(digest)) known.set(digest, { name, digest });
  }
  return [...known.values()];
}
