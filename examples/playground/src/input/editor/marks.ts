//! A stretch of the text that something else on the page speaks of.

import { type Extension, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';
import type { Span } from '../../state';

const set = StateEffect.define<Span | null>();

const marked = Decoration.mark({ class: 'cm-marked' });

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    let now = before.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(set)) continue;
      const end = transaction.state.doc.length;
      const span = effect.value;
      const isThere = span !== null && span.from < Math.min(span.to, end);
      now = isThere ? Decoration.set(marked.range(span.from, Math.min(span.to, end))) : Decoration.none;
    }
    return now;
  },
  provide: own => EditorView.decorations.from(own),
});

export const marks: Extension = field;

/** Marks a stretch and brings it into view; the focus stays where it is. */
export function mark(view: EditorView, span: Span | null): void {
  const effects: StateEffect<unknown>[] = [set.of(span)];
  if (span !== null && span.from <= view.state.doc.length) {
    effects.push(EditorView.scrollIntoView(span.from, { y: 'center' }));
  }
  view.dispatch({ effects });
}
