// biome-ignore-all lint/suspicious/noTemplateCurlyInString: snippets are written so

import { expect, test } from '@playwright/test';
import { templateOf } from '../src/input/editor/snippet';

test('a snippet of the language server is one of the editor', () => {
  for (const [given, made] of [
    ['"name": "$1"', '"name": "${1}"'],
    ['"dns": [$1]', '"dns": [${1}]'],
    ['"nodes": {$1}', '"nodes": \\{${1}\\}'],
    ['"scope": "${1:cluster}"', '"scope": "${1:cluster}"'],
    ['"a": ${1:\\{\\}},$0', '"a": ${1:\\{\\}},${}'],
    ['"price": "\\$1"', '"price": "$1"'],
    ['${2}', '${2}'],
  ]) {
    expect(templateOf(given ?? ''), given).toBe(made);
  }
});
