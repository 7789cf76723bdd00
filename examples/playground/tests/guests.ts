//! Components that tests drop on the page: policies that misbehave, of `tests/guests`, built by cargo before the first test.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { artefacts, root } from './artefacts';

const directory = `${artefacts}/guests`;

const PACKAGES = [
  'chooses',
  'every_word',
  'faulty',
  'spins_in_describe',
  'traps_in_describe',
  'wants_a_clock',
  'wants_wasi',
];

/** The file of a component for tests. */
export function guest(name: string): string {
  return `${directory}/${name}.wasm`;
}

export default function build(): void {
  mkdirSync(directory, { recursive: true });
  const program = ['run', '--quiet', '--package', 'zonesmith-playground-components', '--'];
  execFileSync('cargo', [...program, directory, ...PACKAGES], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(guest('no-wasm'), 'This is no component.\n');
}
