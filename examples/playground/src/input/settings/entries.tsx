//! Names with a value each: a row for each of them, and one more to begin the next.

import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { Entry, type Write } from './form';
import { isObject, type Shape } from './shape';
import type { Path } from './value';

interface Properties {
  of: Shape;
  path: Path;
  value: unknown;
  set: Write;
  title: string;
}

export function Entries({ of, path, value, set, title }: Properties) {
  const id = useId();
  const next = useSignal('');
  const entries = isObject(value) ? Object.entries(value) : [];
  const begin = () => {
    const key = next.value.trim();
    if (key === '' || entries.some(([other]) => other === key)) return;
    set([...path, key], emptyOf(of));
    next.value = '';
  };
  return (
    <div class="in-entries">
      {entries.map(([key, own], at) => (
        <div class="in-entry" key={key}>
          <code>{key}</code>
          <Entry
            id={`${id}-${at}`}
            label={`${title}: ${key}`}
            shape={of}
            value={own}
            standard={undefined}
            set={changed => set([...path, key], changed === undefined ? emptyOf(of) : changed)}
          />
          <button
            type="button"
            class="in-plain"
            aria-label={`Remove ${key}`}
            onClick={() => set([...path, key], undefined)}
          >
            <span aria-hidden="true">✕</span>
          </button>
        </div>
      ))}
      <div class="in-entry">
        <input
          type="text"
          aria-label={`One more of ${title}`}
          placeholder="one more"
          value={next.value}
          onInput={event => {
            next.value = event.currentTarget.value;
          }}
          onKeyDown={event => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            begin();
          }}
        />
        <button type="button" disabled={next.value.trim() === ''} onClick={begin}>
          Add
        </button>
      </div>
    </div>
  );
}

/** What an entry has while nothing is typed. */
function emptyOf(shape: Shape): unknown {
  switch (shape.kind) {
    case 'texts':
      return [];
    case 'switch':
      return false;
    case 'number':
      return shape.minimum ?? 0;
    case 'choice':
      return shape.values[0] ?? '';
    case 'text':
      return '';
    default:
      return {};
  }
}
