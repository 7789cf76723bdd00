//! The settings of a place: a form made of the policy's schema, and the JSON that it writes.

import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { PolicySlot } from '../../engine/protocol';
import { JsonEditor } from '../editor/json-editor';
import { change, NO_SETTINGS } from '../stack';
import { Fields } from './form';
import { fieldsOf, parse } from './shape';
import { type Path, withValue } from './value';

export function Settings({ slot, schema }: { slot: PolicySlot; schema: string }) {
  const isRaw = useSignal(false);
  const room = useId();
  const fields = fieldsOf(schema);
  const value = parse(slot.settings);
  const set = (path: Path, next: unknown) => {
    if (value === null) return;
    const changed = withValue(value, path, next);
    change(slot, {
      settings: Object.keys(changed).length === 0 ? NO_SETTINGS : JSON.stringify(changed, null, 2),
    });
  };
  const isForm = fields.length > 0 && !isRaw.value;
  return (
    <div class="in-settings" id={room}>
      <div class="in-tools">
        {fields.length > 0 && (
          <button
            type="button"
            aria-pressed={isRaw.value}
            onClick={() => {
              isRaw.value = !isRaw.value;
            }}
          >
            As JSON
          </button>
        )}
        <button
          type="button"
          disabled={slot.settings.trim() === NO_SETTINGS}
          onClick={() => change(slot, { settings: NO_SETTINGS })}
        >
          Back to defaults
        </button>
      </div>
      {fields.length === 0 && <p class="in-hint">The policy describes no settings.</p>}
      {isForm && value === null && (
        <p class="in-bad">The settings are no object of JSON: the form is there again once they are.</p>
      )}
      {isForm && value !== null ? (
        <Fields fields={fields} path={[]} value={value} set={set} />
      ) : (
        <JsonEditor
          label={`Settings of ${slot.name}, as JSON`}
          text={slot.settings}
          onChange={settings => change(slot, { settings })}
          schema={{ name: `${slot.id}.settings.json`, text: schema }}
          class="in-raw"
        />
      )}
    </div>
  );
}
