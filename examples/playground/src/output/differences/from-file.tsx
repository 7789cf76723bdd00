//! A component from a file, tried where the daemon would put it; the page's own stack stays as it is.

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { PolicySlot } from '../../engine/protocol';
import { addComponent, known } from '../../input/catalogue';
import { Words } from '../../input/prose';
import { ofInput } from '../../input/receive';
import { NO_SETTINGS, refused } from '../../input/stack';
import { policies } from '../../state';
import { sentence } from '../words';
import { BEHIND, type Instead, replaced, takenBy } from './candidate';

/** What became of the file that was chosen last. */
interface Said {
  sentence: string;
  isBad: boolean;
  /** What it was said of: when something else is chosen, it is not true any more. */
  of: ReadonlyMap<string, Instead>;
}

export function FromFile(): JSX.Element {
  const file = useRef<HTMLInputElement>(null);
  const last = useSignal<Said | null>(null);
  const say = (sentence: string, isBad = false) => {
    last.value = { sentence, isBad, of: replaced.value };
  };
  const take = async (input: HTMLInputElement) => {
    try {
      for (const [name, bytes] of await ofInput(input)) {
        say(`Reading ${name} …`);
        say(await tryComponent(bytes, name));
      }
    } catch (error) {
      say(sentence(error), true);
    }
  };
  const said = last.value?.of === replaced.value ? last.value : null;
  return (
    <>
      <p class="out-hint">
        <button type="button" onClick={() => file.current?.click()}>
          Try a component from a file …
        </button>{' '}
        It stands where the daemon would put it, and nothing else is tried beside it.
      </p>
      <input
        ref={file}
        type="file"
        accept=".wasm"
        hidden
        aria-label="Component to try"
        data-testid="candidate-file"
        onChange={event => void take(event.currentTarget)}
      />
      <p role="status" class="out-hint">
        {said?.isBad === false && said.sentence}
      </p>
      {said?.isBad && (
        <p role="alert" class="out-error">
          <Words text={said.sentence} />
        </p>
      )}
    </>
  );
}

/**
 * Tries a component, and nothing else; where it stands, as a sentence.
 *
 * @throws When it is refused: a sentence. Then what was tried before still is.
 */
async function tryComponent(bytes: Uint8Array, file: string): Promise<string> {
  const inspected = await addComponent(bytes, file);
  if (inspected.refusal !== undefined) throw new Error(refused(file, inspected.refusal));
  const { digest, description } = inspected;
  const name = description?.name ?? file;
  const taken = takenBy(name, policies.value, nameOf);
  const instead = { component: { name, digest }, settings: taken?.settings ?? NO_SETTINGS };
  replaced.value = new Map([[taken?.id ?? BEHIND, instead]]);
  return taken
    ? `${file} is tried in the place of ${taken.name}, with the settings there.`
    : `${file} is tried behind the other policies, without settings.`;
}

function nameOf({ name, digest }: PolicySlot): string {
  return known(digest)?.description?.name ?? name;
}
