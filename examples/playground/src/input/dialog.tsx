//! A window over the page, as the browser has it: it keeps the focus, and Escape closes it.

import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface Properties {
  title: string;
  isOpen: Signal<boolean>;
  children: ComponentChildren;
}

export function Dialog({ title, isOpen, children }: Properties) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const open = isOpen.value;
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null || dialog.open === open) return;
    if (open) dialog.showModal();
    else dialog.close();
  }, [open]);
  return (
    // The keyboard has Escape and the button.
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it is the pointer's way alone
    <dialog
      ref={element}
      class="in-dialog"
      aria-labelledby={heading}
      onClose={() => {
        isOpen.value = false;
      }}
      onClick={event => {
        if (event.target === element.current) isOpen.value = false;
      }}
    >
      <div class="in-dialog-room">
        <div class="in-dialog-head">
          <h2 id={heading}>{title}</h2>
          <button
            type="button"
            class="in-plain"
            aria-label="Close"
            onClick={() => {
              isOpen.value = false;
            }}
          >
            <span aria-hidden="true">✕</span>
          </button>
        </div>
        {open && children}
      </div>
    </dialog>
  );
}
