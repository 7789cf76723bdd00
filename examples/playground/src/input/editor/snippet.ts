//! Two languages of snippets: that of language servers, and the editor's.

/** A snippet as language servers write them, in the editor's own words. */
export function templateOf(insert: string): string {
  return insert.replace(
    /\\([\\$}])|\$\{(\d+):((?:[^}\\]|\\.)*)\}|\$\{(\d+)\}|\$(\d+)|([{}])/g,
    (
      _,
      escaped?: string,
      named?: string,
      content?: string,
      bare?: string,
      plain?: string,
      brace?: string,
    ) => {
      if (escaped !== undefined) return escaped === '}' ? '\\}' : escaped;
      if (named !== undefined)
        return `\${${named}:${(content ?? '').replace(/\\(.)/g, '$1').replace(/[{}]/g, '\\$&')}}`;
      if (brace !== undefined) return `\\${brace}`;
      const stop = bare ?? plain ?? '0';
      // The last place that the caret goes to has number 0 there, and stands last here.
      return `\${${stop === '0' ? '' : stop}}`;
    },
  );
}
