//! Short sentences about what was just done, each with the way back where there is one.

import { signal } from '@preact/signals';
import { announcement } from '../state';
import { Words } from './prose';

/** What a notice offers to do. */
export interface Action {
  title: string;
  run: () => void;
}

interface Notice {
  id: number;
  sentence: string;
  isBad: boolean;
  action?: Action;
}

const notices = signal<Notice[]>([]);

let last = 0;

/** Shows a sentence until it is dismissed, acted upon, or the next one takes its place: nobody reads a list of them. */
export function notify(sentence: string, action?: Action): void {
  show({ sentence, isBad: false, ...(action === undefined ? {} : { action }) });
}

/** The same of something that did not work. */
export function complain(sentence: string): void {
  show({ sentence, isBad: true });
}

function show(notice: Omit<Notice, 'id'>): void {
  last += 1;
  // What is done does not hide what did not work, nor the other way round.
  const others = notices.value.filter(other => other.isBad !== notice.isBad);
  notices.value = [...others, { ...notice, id: last }];
  announcement.value = notice.sentence;
}

function dismiss(id: number): void {
  notices.value = notices.value.filter(notice => notice.id !== id);
}

/** Where they are shown: once in the page, in room of their own, since they stay until they are read. */
export function Notices() {
  return (
    <section aria-label="Notices" hidden={notices.value.length === 0}>
      <ul class="in-notices">
        {notices.value.map(({ id, sentence, isBad, action }) => (
          <li key={id} class={isBad ? 'in-notice in-bad' : 'in-notice'}>
            <span>
              <Words text={sentence} />
            </span>
            {action !== undefined && (
              <button
                type="button"
                onClick={() => {
                  dismiss(id);
                  action.run();
                }}
              >
                {action.title}
              </button>
            )}
            <button type="button" class="in-plain" aria-label="Dismiss" onClick={() => dismiss(id)}>
              <span aria-hidden="true">✕</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
