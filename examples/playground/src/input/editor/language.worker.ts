//! What a JSON text could say, by its schema: in a worker of its own, since a large document takes a while.

import { expose } from 'comlink';
import {
  type CompletionItem,
  type Diagnostic,
  getLanguageService,
  InsertTextFormat,
  type JSONSchema,
  TextDocument,
} from 'vscode-json-languageservice';

/** A fault, in offsets. */
export interface Fault {
  from: number;
  to: number;
  severity: 'error' | 'warning';
  message: string;
}

/** Something that could stand here. */
export interface Suggestion {
  /** What it is found by. */
  match: string;
  label: string;
  detail: string;
  documentation: string;
  from: number;
  to: number;
  insert: string;
  isSnippet: boolean;
}

/** By the name of the texts that they are of: one without folders. */
const schemas = new Map<string, JSONSchema>();

const service = getLanguageService({
  // A `$schema` in the text is for other editors: here the page says what a text is.
  schemaRequestService: () => Promise.resolve('{}'),
});

function configure(): void {
  const entries = [...schemas].map(([name, schema]) => ({
    uri: `schema:///${name}`,
    fileMatch: [name],
    schema,
  }));
  service.configure({ validate: true, allowComments: false, schemas: entries });
}

/** The text without its `$schema`, and of the same length: the language service would go and look there. */
function documentOf(name: string, text: string): TextDocument {
  const own = text.replace(/"\$schema"/, '"_schema"');
  return TextDocument.create(`text:///${name}`, 'json', 0, own);
}

const language = {
  use(name: string, schema: string): void {
    try {
      schemas.set(name, JSON.parse(schema) as JSONSchema);
    } catch {
      // A policy without a schema, or one with a broken one: the text is JSON all the same.
      schemas.delete(name);
    }
    configure();
  },

  forget(name: string): void {
    schemas.delete(name);
    configure();
  },

  async faults(name: string, text: string): Promise<Fault[]> {
    const document = documentOf(name, text);
    const found = await service.doValidation(document, service.parseJSONDocument(document), {
      comments: 'error',
      trailingCommas: 'error',
      schemaValidation: 'warning',
    });
    return found.map(fault => faultOf(document, fault));
  },

  async suggestions(name: string, text: string, offset: number): Promise<Suggestion[]> {
    const document = documentOf(name, text);
    const parsed = service.parseJSONDocument(document);
    const list = await service.doComplete(document, document.positionAt(offset), parsed);
    return (list?.items ?? []).flatMap(item => suggestionOf(document, item));
  },

  /** The same JSON, a line for each thing. */
  format(text: string): string {
    const document = TextDocument.create('text:///format.json', 'json', 0, text);
    return TextDocument.applyEdits(
      document,
      service.format(document, undefined, { tabSize: 2, insertSpaces: true }),
    );
  },

  /** What is said of the value at an offset: Markdown. */
  async about(
    name: string,
    text: string,
    offset: number,
  ): Promise<{ from: number; to: number; text: string } | null> {
    const document = documentOf(name, text);
    const hover = await service.doHover(
      document,
      document.positionAt(offset),
      service.parseJSONDocument(document),
    );
    if (hover?.range === undefined) return null;
    const contents = Array.isArray(hover.contents) ? hover.contents : [hover.contents];
    const texts = contents.map(content => (typeof content === 'string' ? content : content.value));
    const { start, end } = hover.range;
    return { from: document.offsetAt(start), to: document.offsetAt(end), text: texts.join('\n\n') };
  },
};

export type Language = typeof language;

function faultOf(document: TextDocument, { range, message, severity }: Diagnostic): Fault {
  return {
    from: document.offsetAt(range.start),
    to: document.offsetAt(range.end),
    severity: severity === 1 ? 'error' : 'warning',
    message: typeof message === 'string' ? message : message.value,
  };
}

function suggestionOf(document: TextDocument, item: CompletionItem): Suggestion[] {
  const edit = item.textEdit;
  if (edit === undefined || !('range' in edit)) return [];
  const { documentation = '' } = item;
  return [
    {
      match: item.filterText ?? item.label,
      label: item.label,
      detail: item.detail ?? '',
      documentation: typeof documentation === 'string' ? documentation : documentation.value,
      from: document.offsetAt(edit.range.start),
      to: document.offsetAt(edit.range.end),
      insert: edit.newText,
      isSnippet: item.insertTextFormat === InsertTextFormat.Snippet,
    },
  ];
}

expose(language);
