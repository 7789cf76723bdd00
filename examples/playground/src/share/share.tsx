//! Taking away what is shown, and bringing it back: a link, a folder, an archive.

import { signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Dialog } from '../input/dialog';
import { complain, notify } from '../input/notices';
import { ofInput, receive } from '../input/receive';
import { isLive, ready } from '../state';
import { messageOf } from '../update';
import { followAddress } from './address';
import { exported, hasFolderPicker, save, saveFolder } from './export';
import { FOLDER } from './folder';
import { LARGEST_COMPONENT, LONGEST_LINK, writeLink } from './link';
import './share.css';
import { whatIsShown } from './shared';

const isOpen = signal(false);

/** Characters of a link that chats and mails are known to carry whole. */
const CARRIED = 8_000;

export function Share() {
  useEffect(followAddress, []);
  return (
    <>
      <button
        type="button"
        disabled={!ready.value}
        onClick={() => {
          isOpen.value = true;
        }}
      >
        Share
      </button>
      <Dialog title="Share" isOpen={isOpen}>
        <Link />
        <Export />
        <Import />
      </Dialog>
    </>
  );
}

function Link() {
  const link = useSignal('');
  const remark = useSignal('');
  useEffect(() => {
    makeLink()
      .then(made => {
        link.value = made.link;
        remark.value = made.remark;
      })
      .catch(error => {
        remark.value = messageOf(error);
      });
  }, []);
  return (
    <section aria-labelledby="sh-link">
      <h3 id="sh-link">A link</h3>
      <p>
        It holds the cluster, the policies and their settings in its last part, which no server is sent.
        {isLive.value && ' The cluster is that of your daemon: whoever has the link can read it.'}
      </p>
      <div class="sh-row">
        <input
          type="text"
          readOnly
          aria-label="Link"
          value={link.value}
          onFocus={event => event.currentTarget.select()}
        />
        <button type="button" disabled={link.value === ''} onClick={() => copy(link.value)}>
          Copy
        </button>
      </div>
      <p class="fr-quiet" role="status">
        {remark.value}
      </p>
    </section>
  );
}

async function makeLink(): Promise<{ link: string; remark: string }> {
  const { shared, missing } = await whatIsShown();
  const fragment = await writeLink(shared);
  const length = fragment.length.toLocaleString('en');
  if (fragment.length > LONGEST_LINK) {
    return {
      link: '',
      remark: `A link would have ${length} characters, too many for a browser. Export a folder instead.`,
    };
  }
  const [address] = window.location.href.split('#');
  const sentences = [`${length} characters.`];
  if (fragment.length > CARRIED) sentences.push('Mails and chats may cut it.');
  if (missing.length > 0) {
    const largest = LARGEST_COMPONENT.toLocaleString('en');
    sentences.push(
      `It does not carry ${missing.join(', ')}, of more than ${largest} bytes: whoever opens it drops the component on the page first.`,
    );
  }
  return { link: `${address}${fragment}`, remark: sentences.join(' ') };
}

async function copy(link: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    notify('The link is copied.');
  } catch {
    complain('The browser does not let the page copy: select the link and copy it by hand.');
  }
}

function Export() {
  const isBusy = useSignal(false);
  const run = async (work: () => Promise<unknown>) => {
    isBusy.value = true;
    try {
      await work();
    } catch (error) {
      complain(messageOf(error));
    }
    isBusy.value = false;
  };
  const archive = async () => {
    const { pack } = await import('./archive');
    save(pack(await exported()), `${FOLDER}.zip`, 'application/zip');
    notify(`${FOLDER}.zip is saved.`);
  };
  const folder = async () => {
    if (await saveFolder(exported)) notify(`The folder ${FOLDER} is written.`);
  };
  return (
    <section aria-labelledby="sh-export">
      <h3 id="sh-export">A folder</h3>
      <p>
        The cluster, the policies with their settings, and the zones as they are expected:{' '}
        <code>zonesmith policy test</code> takes it, and <code>zonesmith serve</code>.
      </p>
      <div class="sh-row">
        <button type="button" disabled={isBusy.value} onClick={() => run(archive)}>
          Export as an archive
        </button>
        {hasFolderPicker() && (
          <button type="button" disabled={isBusy.value} onClick={() => run(folder)}>
            Export into a folder …
          </button>
        )}
      </div>
    </section>
  );
}

function Import() {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const chosen = (event: Event & { currentTarget: HTMLInputElement }) => {
    isOpen.value = false;
    void receive(ofInput(event.currentTarget));
  };
  return (
    <section aria-labelledby="sh-import">
      <h3 id="sh-import">Bring something</h3>
      <p>
        An exported folder or its archive, the folder of a policy, a cluster (<code>.json</code>, also what an
        OpenSVC agent prints), a component (<code>.wasm</code>). Or drop it anywhere on the page.
      </p>
      <div class="sh-row">
        <button type="button" onClick={() => files.current?.click()}>
          Import files …
        </button>
        <button type="button" onClick={() => folder.current?.click()}>
          Import a folder …
        </button>
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        accept=".zip,.json,.wasm"
        aria-label="Files"
        data-testid="import-files"
        onChange={chosen}
      />
      <input
        ref={element => {
          folder.current = element;
          // No attribute of the standard, and known to every browser.
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        hidden
        aria-label="Folder"
        data-testid="import-folder"
        onChange={chosen}
      />
    </section>
  );
}
