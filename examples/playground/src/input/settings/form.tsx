//! A form of fields. A field that is left as it comes is not written; its default is shown as what would be there.

import { useId } from 'preact/hooks';
import { Prose } from '../prose';
import { Entries } from './entries';
import type { Field, Shape } from './shape';
import { type Path, valueAt } from './value';

/** Writes the value at a path; undefined takes it away. */
export type Write = (path: Path, value: unknown) => void;

interface Properties {
  fields: Field[];
  path: Path;
  value: unknown;
  set: Write;
}

export function Fields({ fields, path, value, set }: Properties) {
  return (
    <div class="in-fields">
      {fields.map(field => (
        <OneField key={field.key} field={field} path={[...path, field.key]} value={value} set={set} />
      ))}
    </div>
  );
}

function OneField({ field, path, value, set }: { field: Field; path: Path; value: unknown; set: Write }) {
  const id = useId();
  const { shape, title, description, standard } = field;
  const own = valueAt(value, path);
  if (shape.kind === 'group' || shape.kind === 'map') {
    return (
      <fieldset class="in-group">
        <legend>{title}</legend>
        <Prose text={description} />
        {shape.kind === 'group' ? (
          <Fields fields={shape.fields} path={path} value={value} set={set} />
        ) : (
          <Entries of={shape.of} path={path} value={own} set={set} title={title} />
        )}
      </fieldset>
    );
  }
  const described = description === '' ? undefined : `${id}-about`;
  return (
    <div class={own === undefined ? 'in-field' : 'in-field in-set'}>
      <label for={id}>{title}</label>
      <Entry
        id={id}
        shape={shape}
        value={own}
        standard={standard}
        set={next => set(path, next)}
        described={described}
      />
      {own !== undefined && (
        <button
          type="button"
          class="in-plain"
          aria-label={`${title}: back to the default`}
          title="back to the default"
          onClick={() => set(path, undefined)}
        >
          <span aria-hidden="true">↺</span>
        </button>
      )}
      {described !== undefined && <Prose text={description} id={described} />}
    </div>
  );
}

interface EntryProperties {
  id: string;
  shape: Shape;
  value: unknown;
  standard: unknown;
  set: (next: unknown) => void;
  described?: string | undefined;
  label?: string;
}

/** What a value is typed into. */
export function Entry({ id, shape, value, standard, set, described, label }: EntryProperties) {
  const common = { id, 'aria-describedby': described, 'aria-label': label };
  switch (shape.kind) {
    case 'switch':
      return (
        <input
          {...common}
          type="checkbox"
          checked={typeof value === 'boolean' ? value : standard === true}
          onChange={event => set(event.currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <select
          {...common}
          value={typeof value === 'string' ? value : ''}
          onChange={event => set(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
        >
          <option value="">{typeof standard === 'string' ? `${standard} (default)` : '(not set)'}</option>
          {shape.values.map(one => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      );
    case 'number':
      return (
        <input
          {...common}
          type="number"
          min={shape.minimum}
          max={shape.maximum}
          step={shape.isWhole ? 1 : 'any'}
          value={typeof value === 'number' ? value : ''}
          placeholder={shown(standard)}
          onInput={event => {
            const { value: typed, valueAsNumber } = event.currentTarget;
            set(typed === '' || Number.isNaN(valueAsNumber) ? undefined : valueAsNumber);
          }}
        />
      );
    case 'texts':
      return (
        <textarea
          {...common}
          rows={Math.min(6, Array.isArray(value) ? Math.max(1, value.length) : 1)}
          value={Array.isArray(value) ? value.map(String).join('\n') : ''}
          placeholder={Array.isArray(standard) ? `${standard.join(', ')} (one a line)` : 'one a line'}
          onChange={event => {
            const lines = event.currentTarget.value.split('\n').map(line => line.trim());
            const texts = lines.filter(line => line !== '');
            set(texts.length === 0 ? undefined : texts);
          }}
        />
      );
    case 'text':
      return (
        <input
          {...common}
          type="text"
          value={typeof value === 'string' ? value : ''}
          placeholder={shown(standard)}
          onInput={event => set(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
        />
      );
    default:
      return <AnyJson common={common} value={value} standard={standard} set={set} />;
  }
}

/** A value that the form has no other way to ask for. */
function AnyJson({
  common,
  value,
  standard,
  set,
}: {
  common: { id: string; 'aria-describedby': string | undefined; 'aria-label': string | undefined };
  value: unknown;
  standard: unknown;
  set: (next: unknown) => void;
}) {
  return (
    <textarea
      {...common}
      class="in-json"
      rows={2}
      value={value === undefined ? '' : JSON.stringify(value, null, 2)}
      placeholder={standard === undefined ? 'JSON' : JSON.stringify(standard)}
      onChange={event => {
        const area = event.currentTarget;
        try {
          set(area.value.trim() === '' ? undefined : JSON.parse(area.value));
          area.setCustomValidity('');
        } catch {
          area.setCustomValidity('This is no JSON.');
        }
        area.reportValidity();
      }}
    />
  );
}

function shown(standard: unknown): string {
  return standard === undefined || standard === null ? '' : String(standard);
}
