//! The state of a running daemon, as `zonesmith playground` hands it out: to be read, never to be changed.

import type { PolicySlot } from '../engine/protocol';
import { addComponent } from '../input/catalogue';
import { complain } from '../input/notices';
import { place, replaceInput } from '../input/stack';
import { keepServed } from '../output/differences/kept';
import { type Start, policies as shown } from '../state';
import { messageOf } from '../update';

/** A place of the daemon's stack. */
interface LivePolicy {
  name: string;
  digest: string;
  settings: unknown;
}

/**
 * What the daemon serves now.
 *
 * @throws When it cannot be read: a sentence.
 */
export async function readLive(): Promise<Start> {
  const [document, list] = await Promise.all([
    read('./live/cluster.json').then(reply => reply.text()),
    read('./live/policies.json').then(reply => reply.json() as Promise<LivePolicy[]>),
  ]);
  const policies: PolicySlot[] = [];
  for (const { name, digest, settings } of list) {
    const reply = await read(`./live/policies/${digest}.wasm`);
    const bytes = new Uint8Array(await reply.arrayBuffer());
    const inspected = await addComponent(bytes, name);
    const written = typeof settings === 'string' ? settings : JSON.stringify(settings ?? {}, null, 2);
    policies.push(place({ name, digest: inspected.digest }, written));
  }
  return { text: document, policies };
}

/** Puts the daemon's cluster on the page as it is now, below the page's own policies; what it serves is what is compared with. */
export async function readAgain(): Promise<void> {
  try {
    const { text, policies } = await readLive();
    replaceInput({ text, policies: shown.peek() }, 'The cluster is as the daemon has it now.');
    await keepServed(policies);
  } catch (error) {
    complain(messageOf(error));
  }
}

async function read(path: string): Promise<Response> {
  const reply = await fetch(path, { cache: 'no-store' });
  if (!reply.ok) {
    throw new Error(
      `The daemon's state cannot be read: ${path} answers ${reply.status}. Is the daemon running?`,
    );
  }
  return reply;
}
