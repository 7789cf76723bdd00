//! Zones as text: a master file, JSON, and what `zonesmith policy test` expects; to read, to copy, to take away.

import { useSignal } from '@preact/signals';
import type { Remote } from 'comlink';
import type { JSX } from 'preact';
import type { Workbench } from '../engine/protocol';
import { announcement, outcome } from '../state';
import { download, fileName } from './download';
import { useLatest } from './latest';
import { counted, sentence, withoutDot } from './words';
import { listed } from './zones';

/** Lines shown of a text: more take a browser longer than a person reads. The file has all. */
const MOST_LINES = 2_000;

type Kind = 'master' | 'json' | 'expected';

const KINDS: readonly { kind: Kind; title: string; hint: string }[] = [
  { kind: 'master', title: 'Master file', hint: 'As in RFC 1035: name servers read it.' },
  { kind: 'json', title: 'JSON', hint: 'A list of records, as `zonesmith dump --format json` prints it.' },
  {
    kind: 'expected',
    title: 'expected.zone',
    hint: 'All zones and what there is to tell beside them: `zonesmith policy test` compares with it.',
  },
];

export function Texts(): JSX.Element {
  const kind = useSignal<Kind>('master');
  const chosen = useSignal('');
  const zones = listed(outcome.value?.zones ?? []);
  const apex = zones.find(zone => zone.apex === chosen.value)?.apex ?? zones[0]?.apex;
  const latest = useLatest(`${kind.value} ${apex ?? ''}`, bench => load(bench, kind.value, apex));
  const text = latest.value ?? '';
  const isWhole = kind.value === 'expected';
  return (
    <div class="out-texts">
      <div class="out-fields">
        <fieldset class="out-choices">
          <legend>Format</legend>
          {KINDS.map(one => (
            <label key={one.kind}>
              <input
                type="radio"
                name="out-format"
                checked={kind.value === one.kind}
                onChange={() => {
                  kind.value = one.kind;
                }}
              />
              {one.title}
            </label>
          ))}
        </fieldset>
        <label>
          Zone
          <select
            value={apex}
            disabled={isWhole}
            onChange={event => {
              chosen.value = event.currentTarget.value;
            }}
          >
            {zones.map(zone => (
              <option key={zone.apex} value={zone.apex}>
                {withoutDot(zone.apex)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" disabled={text === ''} onClick={() => save(kind.value, apex ?? '', text)}>
          Download
        </button>
        <button type="button" disabled={text === ''} onClick={() => copy(text)}>
          Copy
        </button>
      </div>
      <p class="out-hint">{KINDS.find(one => one.kind === kind.value)?.hint}</p>
      {latest.failure === undefined ? <Text text={text} /> : <p class="out-error">{latest.failure}</p>}
    </div>
  );
}

function Text({ text }: { text: string }): JSX.Element {
  const lines = text.split('\n');
  const left = lines.length - MOST_LINES;
  return (
    <>
      {left > 0 ? (
        <p class="out-hint">
          The first {counted(MOST_LINES, 'line')} of {counted(lines.length, 'line')}; the download has all.
        </p>
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached with keys */}
      <section class="out-text" aria-label="The text" tabIndex={0}>
        <pre>{left > 0 ? lines.slice(0, MOST_LINES).join('\n') : text}</pre>
      </section>
    </>
  );
}

async function load(bench: Remote<Workbench>, kind: Kind, apex: string | undefined): Promise<string> {
  if (kind === 'expected') return bench.published();
  if (apex === undefined) return '';
  return kind === 'master' ? bench.zoneText(apex) : bench.zoneJson(apex);
}

function save(kind: Kind, apex: string, text: string): void {
  switch (kind) {
    case 'master':
      download(text, fileName(apex, 'zone'), 'text/dns');
      break;
    case 'json':
      download(text, fileName(apex, 'json'), 'application/json');
      break;
    case 'expected':
      download(text, 'expected.zone', 'text/dns');
      break;
  }
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announcement.value = 'The text is copied.';
  } catch (error) {
    announcement.value = `The text is not copied: ${sentence(error)}`;
  }
}
