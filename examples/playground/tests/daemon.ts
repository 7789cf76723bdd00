//! A running daemon with a cluster and policies of its own, the commands that ask it, and the page that it is seen on.

import { type ChildProcess, execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zonesmith } from './artefacts';
import { expect } from './playground';
import { end, start } from './program';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

export class Daemon {
  private readonly directory = mkdtempSync(join(tmpdir(), 'zonesmith-live-'));
  private readonly running: ChildProcess[] = [];
  /** How a command finds it. */
  private readonly reach = [
    ...['--config', this.file('zonesmith.toml')],
    ...['--socket', this.file('pdns.sock')],
    ...['--admin', this.file('admin.sock')],
  ];

  /**
   * Starts one, and waits until it serves.
   *
   * @param files Its cluster, `cluster.json`, and what lies beside it.
   * @param policies Files of these, or `default`.
   */
  static async start(files: Record<string, string | Uint8Array>, policies: string[]): Promise<Daemon> {
    const daemon = new Daemon();
    for (const [name, content] of Object.entries(files)) daemon.write(name, content);
    daemon.write('zonesmith.toml', '');
    mkdirSync(daemon.file('state'));
    const file = (policy: string) => (policy === 'default' ? policy : daemon.file(policy));
    const stack = policies.flatMap(policy => ['--policy', file(policy)]);
    const words = ['serve', daemon.file('cluster.json'), ...stack, '--state-dir', daemon.file('state')];
    daemon.running.push(start([...words, ...daemon.reach]));
    await expect.poll(async () => (await daemon.ask('status')).code, { timeout: 60_000 }).toBe(0);
    return daemon;
  }

  /** A file in its folder. */
  file(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.file(name), content);
    return this.file(name);
  }

  /** Runs a command that asks it. */
  ask(...words: string[]): Promise<{ code: number; said: string }> {
    return new Promise(resolve => {
      execFile(zonesmith, [...words, ...this.reach], { maxBuffer: 2 ** 26 }, (error, said, complaint) => {
        const code = error ? Number(error.code) : 0;
        resolve({ code, said: said || complaint });
      });
    });
  }

  /** The address of its page, which `zonesmith playground` prints first. */
  page(): Promise<string> {
    const words = ['playground', '--page', dist, '--no-open', ...this.reach];
    const command = start(words, ['ignore', 'pipe', 'ignore']);
    this.running.unshift(command);
    return new Promise((resolve, reject) => {
      let said = '';
      command.stdout?.on('data', part => {
        said += part;
        const found = /^(http:\S+)\n/m.exec(said);
        if (found?.[1] !== undefined) resolve(found[1]);
      });
      command.once('exit', () => reject(new Error(`it ended, and said: ${said}`)));
    });
  }

  /** Ends it, and what looks at it before. */
  async end(): Promise<void> {
    for (const child of this.running) await end(child);
    rmSync(this.directory, { recursive: true });
  }
}
