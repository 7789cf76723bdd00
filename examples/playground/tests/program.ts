//! The program `zonesmith`, run beside a test and never longer than the tests.

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { zonesmith } from './artefacts';

/** Runs it. Where the tests are ended before they end it, it goes with them. */
export function start(words: string[], stdio: StdioOptions = 'ignore'): ChildProcess {
  const child = spawn(zonesmith, words, { stdio });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

/** Ends what was started. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
