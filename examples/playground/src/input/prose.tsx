//! Sentences that others wrote, with `code` in them.

export function Prose({ text, id }: { text: string; id?: string }) {
  if (text === '') return null;
  return (
    <p class="in-prose" id={id}>
      <Words text={text} />
    </p>
  );
}

export function Words({ text }: { text: string }) {
  return (
    <>
      {text.split('`').map((part, at) =>
        // The parts have no identity but their place.
        at % 2 === 1 ? <code key={`${at}`}>{part}</code> : part,
      )}
    </>
  );
}

/** Up to the first mark that ends a clause: what stands in a list. */
export function firstSentence(text: string): string {
  return /^.*?[.!?:](?=\s|$)/s.exec(text.trim())?.[0] ?? text.trim();
}
