//! What a file is, seen from outside: a component or something else, what it imports and exports, which contract it speaks.
//!
//! Only the outermost level of the binary format is read (the component model's `Binary.md`): everything inside is the
//! transpiler's to judge. The sentences are the daemon's.

import type { Refusal } from './protocol';

export interface Anatomy {
  imports: string[];
  exports: string[];
  /** `zonesmith:policy@1.0.0`; absent: it is no policy. */
  contract?: string;
  /** Present: it is not even tried. */
  refusal?: Refusal;
}

/** Largest component that is taken, as in the daemon. */
const MOST_OCTETS = 32 << 20;

const NAMING = 'zonesmith:policy/naming@';

/** What of ours a policy may import. The last two hold types only. */
const KNOWN = ['log', 'dns', 'cluster'];

/** The track that this page speaks. */
const TRACK = '1';

export function anatomyOf(name: string, bytes: Uint8Array): Anatomy {
  const refused = (reason: string): Anatomy => ({
    imports: [],
    exports: [],
    refusal: { stage: 'compile', reason: `${name} ${reason}` },
  });
  if (bytes.length === 0) return refused('is empty');
  const isWasm = bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
  if (!isWasm) {
    const start = new TextDecoder().decode(bytes.subarray(0, 200)).trimStart();
    if (start.startsWith('(')) {
      return refused('is WebAssembly text; make a component of it with `wasm-tools parse`');
    }
    return refused('is no WebAssembly component');
  }
  if (bytes.length >= 8 && bytes[6] === 0 && bytes[7] === 0) {
    return refused(
      'is a core module, not a component; make a component of it with `zonesmith policy build` or `wasm-tools component new`',
    );
  }
  if (bytes.length > MOST_OCTETS) {
    const size = bytes.length >> 20;
    return refused(
      `has ${size} MiB, more than the ${MOST_OCTETS >> 20} a component may have; strip it of debug information`,
    );
  }
  let names: { imports: string[]; exports: string[] };
  try {
    names = new Reader(bytes).names();
  } catch {
    return refused('cannot be compiled, it is damaged or cut off');
  }
  return { ...names, ...judge(name, names) };
}

/** Which contract the names say, or why it is none of ours. */
function judge(
  name: string,
  { imports, exports }: { imports: string[]; exports: string[] },
): Pick<Anatomy, 'contract' | 'refusal'> {
  const refuse = (stage: Refusal['stage'], reason: string) => ({
    refusal: { stage, reason: `${name} ${reason}` },
  });
  const versions = exports.filter(it => it.startsWith(NAMING)).map(it => it.slice(NAMING.length));
  const own = versions.find(version => trackOf(version) === TRACK);
  if (own === undefined) {
    const other = versions[0];
    if (other !== undefined) {
      return refuse(
        'contract',
        `speaks zonesmith:policy@${trackOf(other)}, this page speaks zonesmith:policy@${TRACK}; rebuild it for that contract with \`zonesmith policy build\``,
      );
    }
    const what = exports.length === 0 ? 'nothing' : exports.join(', ');
    return refuse(
      'contract',
      `exports ${what}, so it is no policy; a policy exports zonesmith:policy/naming@1.0.0`,
    );
  }
  const contract = `zonesmith:policy@${own}`;
  const unknown = imports.filter(it => !isKnown(it));
  if (unknown.length > 0) {
    return {
      contract,
      ...refuse(
        'link',
        `imports ${unknown.join(', ')}, which no policy is given here; a policy may import zonesmith:policy/log@1.0.0, and wasi:* as long as it does not call it. If the import is of a newer contract, reload this page, else build the policy without it`,
      ),
    };
  }
  return { contract };
}

function isKnown(name: string): boolean {
  if (name.startsWith('wasi:')) return true;
  const [, item, version] = /^zonesmith:policy\/([^@]+)@(.+)$/.exec(name) ?? [];
  return item !== undefined && version !== undefined && KNOWN.includes(item) && trackOf(version) === TRACK;
}

/** The part of a version that changes when a contract breaks: up to the first number that is not zero. */
function trackOf(version: string): string {
  return /^(0\.)*[1-9]\d*/.exec(version)?.[0] ?? version;
}

/** Reads the outermost sections of a component. */
class Reader {
  private at = 8;

  constructor(private readonly bytes: Uint8Array) {}

  names(): { imports: string[]; exports: string[] } {
    const imports: string[] = [];
    const exports: string[] = [];
    while (this.at < this.bytes.length) {
      const section = this.octet();
      const end = this.number() + this.at;
      if (end > this.bytes.length) throw new RangeError('a section is cut off');
      if (section === 10) this.list(() => imports.push(this.imported()));
      if (section === 11) this.list(() => exports.push(this.exported()));
      this.at = end;
    }
    return { imports, exports };
  }

  private imported(): string {
    const name = this.name();
    this.description();
    return name;
  }

  private exported(): string {
    const name = this.name();
    this.sort();
    this.number();
    if (this.octet() === 1) this.description();
    return name;
  }

  /** A name, with what newer encodings say beside it. */
  private name(): string {
    const kind = this.octet();
    const name = this.text();
    if (kind === 2) this.list(() => this.skipped());
    return name;
  }

  /** What stands beside a name: of no use here. */
  private skipped(): void {
    this.octet();
    this.text();
  }

  private description(): void {
    const sort = this.sort();
    const isBound = sort === 2 || sort === 3;
    if (!isBound || this.octet() === 0 || sort === 2) this.number();
  }

  private sort(): number {
    const sort = this.octet();
    if (sort === 0) this.octet();
    return sort;
  }

  private list(each: () => void): void {
    for (let left = this.number(); left > 0; left -= 1) each();
  }

  private text(): string {
    const length = this.number();
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      this.bytes.subarray(this.at, this.at + length),
    );
    this.at += length;
    return text;
  }

  private number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const octet = this.octet();
      value += (octet & 0x7f) * 2 ** shift;
      if (octet < 0x80) return value;
    }
    throw new RangeError('a number has too many octets');
  }

  private octet(): number {
    const octet = this.bytes[this.at];
    if (octet === undefined) throw new RangeError('the file ends too early');
    this.at += 1;
    return octet;
  }
}
