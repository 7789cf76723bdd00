//! A component that can be run, as workers hand it to each other: one that was ended costs no second transpiling.

/** One that comes with the page is loaded from its files; any other is what jco made of it. */
export type Runnable = { shipped: string } | Transpiled;

export interface Transpiled {
  /** The text of the module that jco wrote. */
  glue: string;
  /** By the file that the glue asks for. */
  modules: Map<string, WebAssembly.Module>;
}

/** What jco's modules export. */
export interface Glue {
  instantiate(
    module: (file: string) => WebAssembly.Module,
    imports: Record<string, unknown>,
    start: (module: WebAssembly.Module, imports?: WebAssembly.Imports) => Promise<WebAssembly.Instance>,
  ): Promise<Record<string, unknown>>;
}

/** A runnable that is there. */
export interface Loaded {
  glue: Glue;
  modules: Map<string, WebAssembly.Module>;
}
