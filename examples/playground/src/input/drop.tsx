//! Files that are dropped anywhere on the page.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ofDrop, receive } from './receive';

export function Drop() {
  const isOver = useSignal(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent) => {
      isOver.value = false;
      if (!hasFiles(event) || event.dataTransfer === null) return;
      // Not the browser, which would show the file instead of the page; nor the editor, which would take it as text.
      event.preventDefault();
      event.stopPropagation();
      void receive(ofDrop(event.dataTransfer));
    };
    const listeners = { dragover: over, dragleave: leave, drop } as const;
    for (const [name, listener] of Object.entries(listeners)) {
      window.addEventListener(name, listener as EventListener, { capture: true });
    }
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        window.removeEventListener(name, listener as EventListener, { capture: true });
      }
    };
  }, []);
  return (
    <div class="in-drop" hidden={!isOver.value} aria-hidden="true">
      Drop a component, a cluster, an exported folder or its archive
    </div>
  );
}
