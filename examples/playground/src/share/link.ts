// A link: what one sees, in the part of a URL that no server is sent.
//
//     #v1.<base64url of deflate of JSON>
//
// The version stands in clear, so that a later page knows what it reads. A link of version 1 means for ever what it means
// now: `tests/links/` keeps some, and they must open. What is added is optional; what changes is version 2.

import { deflate, fromBase64, inflate, toBase64 } from './compress';

/** What a link says. */
export interface Shared {
  document: string;
  policies: SharedPolicy[];
  /** Components that no page ships, where they are small. */
  components: SharedComponent[];
  /** The view of the names that was open. */
  view: string | null;
}

export interface SharedPolicy {
  name: string;
  digest: string;
  settings: string;
  isEnabled: boolean;
}

export interface SharedComponent {
  name: string;
  digest: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A link that cannot be read: the message is a sentence for people. */
export class LinkError extends Error {}

const VERSION = 'v1';

/** Characters of a link. Browsers take a million and more; what carries links (mails, chats) takes far less. */
export const LONGEST_LINK = 500_000;

/** Bytes of a component that still goes into a link. One in Rust has 50,000 to 150,000; others are dropped by hand. */
export const LARGEST_COMPONENT = 300_000;

/** Bytes of JSON that a link may become: what made it cannot have been more than a large cluster and a few components. */
const LONGEST_TEXT = 32_000_000;

/** The names in the JSON, which are the format: short, since they are in every link. */
interface Written {
  document: string;
  policies: { name: string; digest: string; settings?: string; off?: true }[];
  components?: { name: string; digest: string; bytes: string }[];
  view?: string;
}

/** The fragment, with its `#`. May be longer than {@link LONGEST_LINK}: whoever asks decides what then. */
export async function writeLink(shared: Shared): Promise<string> {
  const written: Written = {
    document: shared.document,
    policies: shared.policies.map(({ name, digest, settings, isEnabled }) => ({
      name,
      digest,
      ...(settings.trim() === '{}' ? {} : { settings }),
      ...(isEnabled ? {} : { off: true }),
    })),
  };
  if (shared.components.length > 0) {
    written.components = shared.components.map(({ name, digest, bytes }) => ({
      name,
      digest,
      bytes: toBase64(bytes),
    }));
  }
  if (shared.view !== null) written.view = shared.view;
  return `#${VERSION}.${toBase64(await deflate(JSON.stringify(written)))}`;
}

/** Whether a fragment is meant to be a link, of whatever version. */
export function isLink(fragment: string): boolean {
  return /^#v\d+\./.test(fragment);
}

/** @throws {LinkError} with a sentence that says why it cannot be read. */
export async function readLink(fragment: string): Promise<Shared> {
  const [version = '', text = ''] = fragment.replace(/^#/, '').split('.', 2);
  if (version !== VERSION) {
    throw new LinkError(
      `The link is of version ${version.slice(1)}, and this page reads version 1: open it with a newer page.`,
    );
  }
  if (text.length > LONGEST_LINK) {
    throw new LinkError(`The link is longer than ${LONGEST_LINK.toLocaleString('en')} characters.`);
  }
  let json: unknown;
  try {
    json = JSON.parse(await inflate(fromBase64(text), LONGEST_TEXT));
  } catch {
    throw new LinkError('The link is damaged: it may have been cut where it was copied.');
  }
  return understand(json);
}

function understand(json: unknown): Shared {
  const { document, policies, components = [], view = null } = fieldsOf(json, 'the link');
  if (typeof document !== 'string') throw wrong('document');
  if (!Array.isArray(policies)) throw wrong('policies');
  if (!Array.isArray(components)) throw wrong('components');
  if (view !== null && typeof view !== 'string') throw wrong('view');
  return {
    document,
    view,
    policies: policies.map(policy => {
      const { name, digest, settings = '{}', off = false } = fieldsOf(policy, 'a policy');
      if (typeof name !== 'string' || typeof digest !== 'string') throw wrong('policies');
      if (typeof settings !== 'string' || typeof off !== 'boolean') throw wrong('policies');
      return { name, digest, settings, isEnabled: !off };
    }),
    components: components.map(component => {
      const { name, digest, bytes } = fieldsOf(component, 'a component');
      if (typeof name !== 'string' || typeof digest !== 'string' || typeof bytes !== 'string') {
        throw wrong('components');
      }
      try {
        return { name, digest, bytes: fromBase64(bytes) };
      } catch {
        throw wrong('components');
      }
    }),
  };
}

function fieldsOf(json: unknown, what: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new LinkError(`The link is no link of this page: ${what} is no object.`);
  }
  return json as Record<string, unknown>;
}

function wrong(field: string): LinkError {
  return new LinkError(`The link is no link of this page: its ${field} cannot be read.`);
}
