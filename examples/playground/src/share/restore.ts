//! What a link's fragment holds.

import type { Start } from '../state';
import { isLink, LinkError, readLink } from './link';
import { take } from './shared';

/**
 * @param fragment With or without its `#`.
 * @throws When it cannot be read: a sentence.
 */
export async function restore(fragment: string): Promise<Start> {
  const own = fragment.startsWith('#') ? fragment : `#${fragment}`;
  if (!isLink(own)) throw new LinkError('What stands after # in the address is no link of this page.');
  return await take(await readLink(own));
}
