//! The fields in which another stack of policies is chosen.

import type { JSX } from 'preact';
import { components as all, type Known } from '../../input/catalogue';
import { NO_SETTINGS } from '../../input/stack';
import { policies } from '../../state';
import { BEHIND, type Component, replace, replaced } from './candidate';
import { FromFile } from './from-file';

/** Nothing is chosen in this place. */
const SAME = '';
const LEFT_OUT = 'left out';

export function OtherStack(): JSX.Element {
  const components = offered(all());
  return (
    <fieldset class="out-stack">
      <legend>The policies, and what to try instead</legend>
      <FromFile />
      {policies.value.map((slot, at) => (
        <Place
          key={slot.id}
          id={slot.id}
          title={`${at + 1}. ${slot.name}${slot.enabled ? '' : ' (off)'}`}
          same="stays"
          canLeave
          own={slot.settings}
          components={components.filter(({ digest }) => !slot.enabled || digest !== slot.digest)}
        />
      ))}
      <Place
        id={BEHIND}
        title="Behind them"
        same="nothing"
        canLeave={false}
        own={NO_SETTINGS}
        components={components}
      />
    </fieldset>
  );
}

interface PlaceProps {
  id: string;
  title: string;
  /** What it is called when nothing changes here. */
  same: string;
  canLeave: boolean;
  /** The settings of this place, which who takes it has as well. */
  own: string;
  components: readonly Component[];
}

function Place({ id, title, same, canLeave, own, components }: PlaceProps): JSX.Element {
  const now = replaced.value.get(id);
  const chosen = now?.component;
  const settings = now?.settings ?? own;
  const value = now ? (chosen?.digest ?? LEFT_OUT) : SAME;
  // The very component of this place is offered when it was put here, to have other settings.
  const isOffered = !chosen || components.some(({ digest }) => digest === chosen.digest);
  const options = isOffered ? components : [...components, chosen];
  const choose = (digest: string) => {
    const component = options.find(option => option.digest === digest) ?? null;
    replace(id, digest === SAME ? undefined : { component, settings });
  };
  return (
    <div class="out-fields">
      <label>
        {title}
        <select value={value} onChange={event => choose(event.currentTarget.value)}>
          <option value={SAME}>{same}</option>
          {canLeave ? <option value={LEFT_OUT}>left out</option> : null}
          {options.map(({ name, digest }) => (
            <option key={digest} value={digest}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {chosen ? (
        <label class="out-wide">
          Its settings, as JSON
          <input
            value={settings}
            spellcheck={false}
            class="out-code"
            onChange={event =>
              replace(id, { component: chosen, settings: event.currentTarget.value.trim() || NO_SETTINGS })
            }
          />
        </label>
      ) : null}
    </div>
  );
}

/** What can be chosen: of files that look alike, as those of one that is built again and again, the newest. */
function offered(known: readonly Known[]): Component[] {
  const named = known.map(one => [labelOf(one), one] as const);
  const newest = new Map(named.map(([label, { digest, isShipped }]) => [`${isShipped} ${label}`, digest]));
  return named
    .filter(([label, { digest, isShipped }]) => newest.get(`${isShipped} ${label}`) === digest)
    .map(([name, { digest }]) => ({ name, digest }));
}

function labelOf({ name, description, isShipped }: Known): string {
  const own = description?.name ?? name;
  return isShipped || own === name ? name : `${own} (${name})`;
}
