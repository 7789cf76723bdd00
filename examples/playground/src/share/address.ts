//! The address follows what is shown, so that a reload or a bookmark is the same page; and a link that is opened in the page
//! is followed.

import { effect } from '@preact/signals';
import { complain } from '../input/notices';
import { replaceInput } from '../input/stack';
import { isLive, outputTab, policies, ready, text } from '../state';
import { messageOf } from '../update';
import { isLink, LONGEST_LINK, writeLink } from './link';
import { restore } from './restore';
import { whatIsShown } from './shared';

/** Milliseconds without a change before the address is written. */
const PAUSE = 600;

/** UTF-16 units of a document that the address still follows: a link of more is made when it is asked for. */
const LONGEST_DOCUMENT = 1_000_000;

/** Keeps address and page the same, from now on. Returns how to end it. */
export function followAddress(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;
  const end = effect(() => {
    // What is read here is what is followed.
    const shown = [text.value, policies.value, outputTab.value];
    if (!ready.value || isLive.value || shown.length === 0) return;
    if (isFirst) {
      // What the page began with is in the address already, or is an example that needs none.
      isFirst = false;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(() => void write(), PAUSE);
  });
  const opened = () => void open();
  window.addEventListener('hashchange', opened);
  return () => {
    end();
    clearTimeout(timer);
    window.removeEventListener('hashchange', opened);
  };
}

async function write(): Promise<void> {
  const document = text.peek();
  let fragment = '';
  if (document.length <= LONGEST_DOCUMENT) {
    const { shared, missing } = await whatIsShown();
    const link = await writeLink(shared);
    // Half of what is shown would be another page.
    if (missing.length === 0 && link.length <= LONGEST_LINK) fragment = link;
  }
  if (document !== text.peek()) return;
  const { pathname, search } = window.location;
  window.history.replaceState(null, '', `${pathname}${search}${fragment}`);
}

async function open(): Promise<void> {
  const fragment = window.location.hash;
  if (!isLink(fragment)) return;
  try {
    replaceInput(await restore(fragment), 'The link is opened.');
  } catch (error) {
    complain(messageOf(error));
  }
}
