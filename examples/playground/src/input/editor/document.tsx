//! The editor of the cluster document: tied to the page's state, both ways.

import { type Diagnostic, forceLinting } from '@codemirror/lint';
import { EditorView } from '@codemirror/view';
import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import schema from '../../../../../host/etc/cluster.schema.json?raw';
import { caret, goTo, highlight, outcome, text } from '../../state';
import { JsonEditor } from './json-editor';
import { knowing } from './knowing';
import { formatted, setSchema } from './language';
import { mark, marks } from './marks';

const NAME = 'cluster.json';

const FORMATS = {
  'cluster-document': 'a cluster document',
  'agent-v3': 'the status of an OpenSVC agent, generation 3',
  'agent-v2': 'the status of an OpenSVC agent, generation 2',
};

/** Whether the text is, as far as one knows, a cluster document. Before the first names, nothing else keeps the machine busy. */
function isClusterDocument(): boolean {
  const done = outcome.peek();
  return done !== null && (done.format === undefined || done.format === 'cluster-document');
}

/** What the engine says of the text, where it is this text. */
function faultsOf(view: EditorView): Diagnostic[] {
  const end = view.state.doc.length;
  return (outcome.peek()?.documentProblems ?? []).map(({ from, to, message }) => ({
    from: Math.min(from, end),
    to: Math.min(Math.max(to, from), end),
    severity: outcome.peek()?.isRefused === true ? ('error' as const) : ('warning' as const),
    message,
    source: 'host',
  }));
}

const extensions = [
  knowing(NAME, isClusterDocument, faultsOf),
  marks,
  EditorView.updateListener.of(({ selectionSet, docChanged, state }) => {
    if (selectionSet || docChanged) caret.value = state.selection.main.head;
  }),
];

export function Document() {
  const view = useSignal<EditorView | null>(null);
  const isSchemaSet = useRef(false);

  useSignalEffect(() => {
    if (outcome.value === null || view.value === null) return;
    if (!isSchemaSet.current) setSchema({ name: NAME, text: schema });
    isSchemaSet.current = true;
    // What is wrong with the text may be known anew.
    forceLinting(view.value);
  });
  useSignalEffect(() => {
    const span = highlight.value;
    if (view.value !== null) mark(view.value, span);
  });
  useSignalEffect(() => {
    const span = goTo.value;
    const editor = view.value;
    if (span === null || editor === null) return;
    // On a narrow page the editor is shown only now.
    requestAnimationFrame(() => {
      const end = editor.state.doc.length;
      const selection = { anchor: Math.min(span.from, end), head: Math.min(span.to, end) };
      editor.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: 'center' }) });
      editor.focus();
      goTo.value = null;
    });
  });

  const format = outcome.value?.format;
  return (
    <section class="in-document" aria-label="Cluster">
      <div class="in-bar">
        <h2>Cluster</h2>
        <span class="fr-quiet">{format === undefined ? '' : FORMATS[format]}</span>
        <button
          type="button"
          onClick={async () => {
            const before = text.value;
            const after = await formatted(before);
            if (text.value === before) text.value = after;
          }}
        >
          Format
        </button>
      </div>
      <JsonEditor
        label="Cluster document"
        text={text.value}
        onChange={next => {
          text.value = next;
        }}
        schema={null}
        extensions={extensions}
        onView={own => {
          view.value = own;
        }}
      />
    </section>
  );
}
