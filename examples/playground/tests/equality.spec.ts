//! The page's zones are the daemon's, record for record: every policy that comes with the page over every document that is
//! an example or was recorded, once here, in Chromium, and once in a daemon with the very component that the page has.

import { type ChildProcess, execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import type { PolicySlot, Shipped } from '../src/engine/protocol';
import { root, zonesmith } from './artefacts';
import { expect, test } from './playground';
import { end, start } from './program';

/** Documents of every language that the daemon reads. */
const DOCUMENTS = [
  'tests/fixtures/documents',
  'tests/fixtures/om3',
  'tests/fixtures/opensvc-v2',
  'examples/demo',
  ...readdirSync(`${root}examples/policies`).map(policy => `examples/policies/${policy}`),
].flatMap(folder =>
  readdirSync(`${root}${folder}`)
    .filter(file => file.endsWith('.json') && !/^(settings|package|package-lock|schema)\b/.test(file))
    .map(file => ({ path: `${folder}/${file}`, text: readFileSync(`${root}${folder}/${file}`, 'utf8') })),
);

/** Between two looks at a daemon, in milliseconds. */
const BETWEEN = 20;

/**
 * Longest until a daemon has read a document, in milliseconds: generous, since it only ends what has failed, and a daemon that
 * is not optimised compiles 18 MB of Python for minutes before it reads its first.
 */
const LONGEST = 600_000;

const run = promisify(execFile);

/** Longest until what it read is served, in milliseconds: as generous, and only where the zones differ is it waited for. */
const SERVED = 20_000;

/** What is compared of a record: all of it, but for the serial of an SOA, which only a daemon has. */
interface Served {
  qname: string;
  qtype: string;
  ttl: number;
  content: string;
}

/** The zones of a document; a sentence where it is refused as a whole, or a policy does not take its cluster. */
type Zones = string[] | string;

function lines(records: Served[]): string[] {
  return records
    .map(({ qname, qtype, ttl, content }) => {
      const said = qtype === 'SOA' ? content.replace(/^(\S+ \S+) \d+/, '$1 0') : content;
      return `${qname} ${ttl} ${qtype} ${said}`;
    })
    .sort();
}

/** What the page makes of a document. */
async function onThePage(page: Page, document: string, policies: PolicySlot[]): Promise<Zones> {
  const made = await page.evaluate(
    async input => {
      const workbench = await window.zonesmith();
      // What was shown before must not stand in for what is refused.
      await workbench.update({ document: '{"cluster":{"name":""},"services":{}}', policies: [] });
      const outcome = await workbench.update(input);
      const zones = await Promise.all(outcome.zones.map(({ apex }) => workbench.zoneJson(apex)));
      return { outcome, zones };
    },
    { document, policies },
  );
  if (made.outcome.isRefused) return 'the document is refused';
  const [refused] = made.outcome.refusals;
  if (refused !== undefined) return `${refused.name} is refused at ${refused.stage}`;
  return lines(made.zones.flatMap(zone => JSON.parse(zone) as Served[]));
}

/** A daemon with a stack of policies, whose document is replaced. */
class Daemon {
  private readonly cluster: string;
  private readonly admin: string;
  private readonly reach: string[];
  private readonly process: ChildProcess;
  private documents = 0;
  /** Of what was served last. */
  private generation = 0;

  constructor(
    private readonly directory: string,
    policies: string[],
  ) {
    this.cluster = join(directory, 'cluster.json');
    this.admin = join(directory, 'admin.sock');
    const configuration = join(directory, 'zonesmith.toml');
    const socket = join(directory, 'pdns.sock');
    this.reach = ['--config', configuration, '--socket', socket, '--admin', this.admin];
    writeFileSync(configuration, '');
    this.replace(between(0));
    const files = policies.flatMap(policy => ['--policy', policy]);
    const state = ['--state-dir', join(directory, 'state')];
    mkdirSync(join(directory, 'state'));
    this.process = start(['serve', this.cluster, ...files, ...this.reach, ...state]);
  }

  /**
   * What it serves of a document, as soon as that is what is expected, or at last. Before it comes another one, of a cluster
   * that is called like no other: so that what is served is seen to be of this document.
   */
  async serve(document: string, expected: Zones): Promise<Zones> {
    this.documents += 1;
    const name = nameBetween(this.documents);
    this.replace(between(this.documents));
    await this.until(
      ({ clusters, state, generation }) =>
        clusters[0]?.name === name && state === 'serving' && generation > this.generation,
    );
    this.replace(document);
    await this.until(
      ({ clusters, sources, refused }) =>
        clusters[0]?.name !== name || refused !== null || sources.some(({ error }) => error !== null),
    );
    // A cluster is named before its zones are served, or a policy refuses it.
    const deadline = Date.now() + SERVED;
    let served: Zones;
    do {
      served = (await this.refusal()) ?? (await this.dump());
    } while (!isSame(served, expected) && Date.now() < deadline);
    this.generation = (await this.until(() => true)).generation;
    return served;
  }

  private async refusal(): Promise<string | undefined> {
    const { sources, refused } = await this.until(() => true);
    if (sources.some(({ error }) => error !== null)) return 'the document is refused';
    return refused === null
      ? undefined
      : `${basename(refused.policy, '.wasm')} is refused at ${refused.stage}`;
  }

  private async dump(): Promise<Zones> {
    const status = await this.until(({ state }) => state !== 'starting');
    if (status.state === 'off') return [];
    try {
      const { stdout } = await run(zonesmith, ['dump', ...this.reach, '--format', 'json'], {
        maxBuffer: 1 << 28,
      });
      return lines(JSON.parse(stdout) as Served[]);
    } catch (error) {
      // A zone that goes while it is listed; or the socket, as a cluster turns its DNS off.
      return [String(error)];
    }
  }

  async end(): Promise<void> {
    await end(this.process);
    rmSync(this.directory, { recursive: true });
  }

  private replace(document: string): void {
    writeFileSync(`${this.cluster}.new`, document);
    renameSync(`${this.cluster}.new`, this.cluster);
  }

  private async until(holds: (status: Status) => boolean): Promise<Status> {
    const deadline = Date.now() + LONGEST;
    let last: unknown;
    while (Date.now() < deadline) {
      try {
        const status = await statusOf(this.admin);
        if (holds(status)) return status;
        last = status;
      } catch (error) {
        last = error;
      }
      await setTimeout(BETWEEN);
    }
    throw new Error(`the daemon does not read its document: ${JSON.stringify(last)}`);
  }
}

function isSame(one: Zones, other: Zones): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function nameBetween(document: number): string {
  return `between-${document}`;
}

/** A cluster without services, that no document speaks of. */
function between(document: number): string {
  const cluster = { name: nameBetween(document), dns: ['192.0.2.1'] };
  return JSON.stringify({ cluster, services: {} });
}

interface Status {
  state: 'starting' | 'serving' | 'off';
  generation: number;
  clusters: { name: string }[];
  sources: { error: string | null }[];
  refused: { policy: string; stage: string } | null;
}

/** Asks on the admin socket: a command for each look would cost more than the daemon. */
function statusOf(socketPath: string): Promise<Status> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path: '/status', headers: { host: 'localhost' } }, response => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', part => {
        body += part;
      });
      response.on('end', () => {
        try {
          resolve(JSON.parse(body) as Status);
        } catch (error) {
          reject(error);
        }
      });
    }).on('error', reject);
  });
}

/** The stack in which a policy is shown: one that has no zones of its own stands behind the default one. */
function stackOf(name: string, shipped: Shipped[]): PolicySlot[] {
  const slot = (name: string): PolicySlot => {
    const digest = shipped.find(policy => policy.name === name)?.digest ?? '';
    return { id: name, name, digest, settings: '{}', enabled: true };
  };
  return ['short-names', 'nearest'].some(of => name.startsWith(of))
    ? [slot('default'), slot(name)]
    : [slot(name)];
}

test('there are documents in every language', () => {
  expect(DOCUMENTS.length).toBeGreaterThan(40);
  for (const part of ['om3/', 'opensvc-v2/', 'documents/', 'demo/', 'consul/']) {
    expect(
      DOCUMENTS.some(({ path }) => path.includes(part)),
      part,
    ).toBe(true);
  }
});

for (const name of [
  'default',
  'opensvc-v2',
  'opensvc-v3',
  'kubernetes',
  'consul',
  'nearest',
  'short-names',
  'short-names-javascript',
  'short-names-python',
]) {
  test(`${name} makes the daemon's zones of every document`, async ({ page, playground }) => {
    expect(zonesmith, 'ZONESMITH names the daemon to compare with').not.toBe('');
    test.setTimeout(900_000);
    await playground.open();
    const shipped = await page.evaluate(async () => (await window.zonesmith()).shipped());
    test.skip(
      shipped.every(policy => policy.name !== name),
      `${name} was not built`,
    );
    const stack = stackOf(name, shipped);
    const directory = mkdtempSync(join(tmpdir(), 'zonesmith-policies-'));
    const files: string[] = [];
    for (const slot of stack) {
      // As text: as a list of numbers, the 18 MB of Python's are more than the tests have memory for.
      const bytes = await page.evaluate(async digest => {
        const component = (await (await window.zonesmith()).component(digest)) ?? new Uint8Array();
        let binary = '';
        for (let at = 0; at < component.length; at += 0x8000) {
          binary += String.fromCharCode(...component.subarray(at, at + 0x8000));
        }
        return btoa(binary);
      }, slot.digest);
      files.push(join(directory, `${slot.name}.wasm`));
      writeFileSync(join(directory, `${slot.name}.wasm`), Buffer.from(bytes, 'base64'));
    }
    const daemon = new Daemon(directory, files);
    const differ: string[] = [];
    let records = 0;
    for (const { path, text } of DOCUMENTS) {
      const made = await onThePage(page, text, stack);
      const served = await daemon.serve(text, made);
      if (!isSame(made, served)) differ.push(`${path}\n${difference(made, served)}`);
      if (typeof served !== 'string') records += served.length;
    }
    await daemon.end();
    expect(differ.join('\n')).toBe('');
    expect(records).toBeGreaterThan(100);
    console.log(`${name}: ${DOCUMENTS.length} documents, ${records} records, alike`);
  });
}

for (const name of readdirSync(`${root}examples/policies`)) {
  test(`the folder of ${name} gives what is expected of it`, async ({ page, playground }) => {
    const file = (of: string) => readFileSync(`${root}examples/policies/${name}/${of}`, 'utf8');
    await playground.open();
    const shipped = await page.evaluate(async () => (await window.zonesmith()).shipped());
    test.skip(
      shipped.every(policy => policy.name !== name),
      `${name} was not built`,
    );
    const policies = stackOf(name, shipped).map(slot =>
      slot.name === name ? { ...slot, settings: file('settings.json') } : slot,
    );
    const made = await page.evaluate(
      async input => {
        const workbench = await window.zonesmith();
        await workbench.update(input);
        return { all: await workbench.published(), cluster: await workbench.zoneText('cluster1.') };
      },
      { document: file('cluster.json'), policies },
    );
    // That of one who chooses shows the zone that it chooses from.
    expect(name === 'nearest' ? made.cluster : made.all).toBe(file('expected.zone'));
  });
}

/** The lines that only one side has: `-` is the daemon's. */
function difference(made: Zones, served: Zones): string {
  if (typeof made === 'string' || typeof served === 'string') return `page: ${made}, daemon: ${served}`;
  const [page, daemon] = [new Set(made), new Set(served)];
  return [
    ...served.filter(line => !page.has(line)).map(line => `- ${line}`),
    ...made.filter(line => !daemon.has(line)).map(line => `+ ${line}`),
  ].join('\n');
}
