//! An editor that knows the schema of its text: what could stand here, what a value means, what is wrong.

import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  snippet,
} from '@codemirror/autocomplete';
import { type Diagnostic, linter } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import { type EditorView, hoverTooltip } from '@codemirror/view';
import { LONGEST_TEXT, language } from './language';
import type { Suggestion } from './language.worker';
import { templateOf } from './snippet';

/** Milliseconds without a change after which a text is looked at. */
const PAUSE = 300;

/**
 * @param name The file that the text would be: its schema is known by it.
 * @param isOf Whether the text is of the schema at all: the status of an agent is not.
 * @param more What others found in the text.
 */
export function knowing(
  name: string,
  isOf: () => boolean = () => true,
  more: (view: EditorView) => Diagnostic[] = () => [],
): Extension {
  const textOf = (view: EditorView | CompletionContext) => {
    const { doc } = view.state;
    return doc.length > LONGEST_TEXT || !isOf() ? null : doc.toString();
  };
  return [
    autocompletion({
      override: [
        async context => {
          const text = textOf(context);
          return text === null ? null : await complete(name, text, context);
        },
      ],
    }),
    hoverTooltip(async (view, at) => {
      const text = textOf(view);
      const about = text === null ? null : await language().about(name, text, at);
      if (about === null || about.text.trim() === '') return null;
      return { pos: about.from, end: about.to, above: true, create: () => ({ dom: paragraphs(about.text) }) };
    }),
    linter(
      async view => {
        const text = textOf(view);
        const others = more(view);
        const faults = text === null ? [] : await language().faults(name, text);
        const own = faults.map(fault => ({ ...fault, source: 'schema' }));
        // What the host itself says of a place goes before what its schema says of it.
        const isSaid = (from: number, to: number) =>
          others.some(other => other.from <= to && from <= other.to);
        return [...others, ...own.filter(({ from, to }) => !isSaid(from, to))];
      },
      { delay: PAUSE },
    ),
  ];
}

async function complete(
  name: string,
  text: string,
  context: CompletionContext,
): Promise<CompletionResult | null> {
  const { pos, explicit } = context;
  // While one types, only inside a word or a string; else whenever one asks.
  if (!explicit && !/["\w]$/.test(context.state.sliceDoc(Math.max(0, pos - 1), pos))) return null;
  const suggestions = await language().suggestions(name, text, pos);
  const from = suggestions[0]?.from;
  if (context.aborted || from === undefined) return null;
  return {
    from,
    to: suggestions[0]?.to ?? pos,
    options: suggestions.filter(one => one.from === from).map(optionOf),
    // The word that is typed narrows the list; anything else asks again.
    validFor: /^"?[\w/.:-]*"?$/,
  };
}

function optionOf(suggestion: Suggestion) {
  const { match, label, detail, documentation, insert, isSnippet } = suggestion;
  return {
    label: match,
    displayLabel: label,
    ...(detail === '' ? {} : { detail }),
    ...(documentation === '' ? {} : { info: () => paragraphs(documentation) }),
    apply: isSnippet ? snippet(templateOf(insert)) : insert,
  };
}

/** Markdown of a schema's descriptions: paragraphs and `code`, and everything else as it stands. */
function paragraphs(markdown: string): HTMLElement {
  const room = document.createElement('div');
  room.className = 'in-about';
  for (const text of markdown.split(/\n\s*\n/)) {
    const paragraph = document.createElement('p');
    const plain = text.replace(/&nbsp;/g, ' ').replace(/\\([!-/:-@[-`{-~])/g, '$1');
    for (const [at, part] of plain.split('`').entries()) {
      const piece = at % 2 === 1 ? document.createElement('code') : document.createElement('span');
      piece.textContent = part;
      paragraph.append(piece);
    }
    room.append(paragraph);
  }
  return room;
}
