//! An editor for JSON that knows its schema. What it shows and what the page holds are the same text, both ways.

import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'preact/hooks';
import { base } from './base';
import { knowing } from './knowing';
import { forgetSchema, type SchemaText, setSchema } from './language';

interface Properties {
  label: string;
  text: string;
  onChange: (text: string) => void;
  /** What it is checked against; null: nothing is known of it. */
  schema: SchemaText | null;
  class?: string;
  /** What else this editor does. Taken once, when it is made. */
  extensions?: Extension;
  /** Told the view once it is there. */
  onView?: (view: EditorView) => void;
}

export function JsonEditor({ label, text, onChange, schema, extensions, onView, ...rest }: Properties) {
  const room = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const shown = useRef(text);
  const change = useRef(onChange);
  change.current = onChange;

  useEffect(() => {
    const parent = room.current;
    if (parent === null) return;
    const own = new EditorView({
      parent,
      doc: shown.current,
      extensions: [
        base(label),
        schema === null ? [] : knowing(schema.name),
        EditorView.updateListener.of(update => {
          if (!update.docChanged) return;
          const next = update.state.doc.toString();
          if (next === shown.current) return;
          shown.current = next;
          change.current(next);
        }),
        extensions ?? [],
      ],
    });
    view.current = own;
    onView?.(own);
    return () => own.destroy();
    // An editor is made once: whoever wants another gives it another key.
  }, []);

  useEffect(() => {
    if (schema === null) return;
    setSchema(schema);
    return () => forgetSchema(schema.name);
  }, [schema?.name, schema?.text]);

  useEffect(() => {
    if (text === shown.current) return;
    shown.current = text;
    const own = view.current;
    own?.dispatch({
      changes: { from: 0, to: own.state.doc.length, insert: text },
      // One step back is what stood there before.
      userEvent: 'input.replace',
    });
  }, [text]);

  return <div ref={room} class={`in-editor ${rest.class ?? ''}`} />;
}
