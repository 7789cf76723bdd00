//! One live instance of a policy, and calls into it.
//!
//! An instance has what it was given and nothing else: it may write lines of log, everything of WASI throws by name. After a
//! failed call it is to be thrown away: it may not be callable, or not be itself. Time is not ours to take: a worker that
//! is busy cannot stop itself, so whoever started it does. Memory is looked at after each call, since WebAssembly in a
//! browser asks nobody before it grows.

import type { Cluster, Service } from './made/engine/interfaces/zonesmith-policy-cluster';
import type { Configuration, Description, Synthesis } from './made/engine/interfaces/zonesmith-policy-naming';
import type { Loaded } from './runnable';

/** Most octets of memory that an instance may have, all its memories together, as in the daemon. */
export const MEMORY = 64 << 20;

/** Most lines of log that one call may write; the rest is dropped, as in the daemon. */
const LOG_LINES = 100;

const WITHOUT_WASI =
  'a policy has no clock, files, network or randomness; build it without: Rust for the target wasm32-unknown-unknown (`zonesmith policy build`), JavaScript and Python with `--stub-wasi`, componentize-js with all features disabled';

/** A call gave nothing: a sentence, in the daemon's words. */
export class Failure extends Error {}

interface Naming {
  describe(): Description;
  configure(cluster: Cluster, settings: string): Configuration;
  synthesize(service: Service): Synthesis;
}

/** What `selection` is asked and says. */
export interface Query {
  name: string;
  rrtype: string;
  client: unknown;
}
export interface Choice {
  records: Uint32Array | number[];
  scope: number;
}
interface Selection {
  choose(query: Query, records: unknown[]): Choice | undefined;
}

export class Sandbox {
  private constructor(
    private readonly naming: Naming,
    private readonly selection: Selection | undefined,
    private readonly memories: WebAssembly.Memory[],
    private readonly log: Log,
  ) {}

  /**
   * Brings an instance to life.
   *
   * @throws A failure, when it does not come to life.
   */
  static async open({ glue, modules }: Loaded): Promise<Sandbox> {
    const log = new Log();
    const memories: WebAssembly.Memory[] = [];
    const start = async (module: WebAssembly.Module, imports?: WebAssembly.Imports) => {
      const instance = await WebAssembly.instantiate(module, imports ?? {});
      for (const exported of Object.values(instance.exports)) {
        if (exported instanceof WebAssembly.Memory && !memories.includes(exported)) memories.push(exported);
      }
      return instance;
    };
    const moduleOf = (file: string) => {
      const module = modules.get(file);
      if (module === undefined) throw new Failure(`the component lacks its module ${file}`);
      return module;
    };
    let exports: Record<string, unknown>;
    try {
      exports = await glue.instantiate(moduleOf, importsFor(log), start);
    } catch (error) {
      throw named(error, 'the start', log);
    }
    const { naming, selection } = exports as { naming?: Naming; selection?: Selection };
    if (naming === undefined) throw new Failure('the component exports no naming');
    return new Sandbox(naming, selection, memories, log);
  }

  describe(): Description {
    return this.call('`describe`', () => this.naming.describe());
  }

  configure(cluster: Cluster, settings: string): Configuration {
    return this.call('`configure`', () => this.naming.configure(cluster, settings));
  }

  synthesize(service: Service): Synthesis {
    return this.call('`synthesize`', () => this.naming.synthesize(service));
  }

  choose(query: Query, records: unknown[]): Choice | undefined {
    return this.call('`choose`', () => this.selection?.choose(query, records));
  }

  private call<T>(what: string, enter: () => T): T {
    this.log.begin();
    try {
      const result = enter();
      this.refuseMemory(what);
      return result;
    } catch (error) {
      // One that could not have even more memory panics: the daemon would have stopped it before.
      this.refuseMemory(what);
      throw named(error, what, this.log);
    }
  }

  private refuseMemory(what: string): void {
    const octets = this.memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
    if (octets <= MEMORY) return;
    throw new Failure(`${what} wanted more than the ${MEMORY >> 20} MiB of memory it has`);
  }
}

/** What a policy writes; the last line of an error is what it says when it panics. */
class Log {
  private lines = 0;
  lastError: string | undefined;

  begin(): void {
    this.lines = 0;
    this.lastError = undefined;
  }

  write(level: string, message: string): void {
    this.lines += 1;
    if (level === 'error') this.lastError = message.trim();
    if (this.lines <= LOG_LINES) console.debug(`${level}: ${message}`);
  }
}

function importsFor(log: Log): Record<string, unknown> {
  const own: Record<string, unknown> = {
    'zonesmith:policy/log': { log: (level: string, message: string) => log.write(level, message) },
  };
  return new Proxy(own, {
    get: (known, name) => known[String(name).replace(/@.*$/, '')] ?? refusing(String(name)),
    has: () => true,
  });
}

/** An interface of which every function throws, and names itself. */
function refusing(name: string): unknown {
  return new Proxy(
    {},
    {
      // Classes of WASI are asked for their prototype: so these are functions that have one.
      get: (_, item) =>
        function refuse() {
          throw new Missing(`unknown import: \`${name}#${String(item)}\` has not been defined`);
        },
      has: () => true,
    },
  );
}

class Missing extends Error {}

/** Says in the daemon's words what went wrong in `what`. */
function named(error: unknown, what: string, log: Log): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof Missing) return new Failure(`${what} called an ${error.message}: ${WITHOUT_WASI}`);
  // An error of the contract carries what the policy said.
  if (error instanceof Error && 'payload' in error) return new Failure(String(error.payload));
  const text = error instanceof Error ? error.message : String(error);
  const word = log.lastError === undefined ? '' : `: ${log.lastError}`;
  if (error instanceof WebAssembly.RuntimeError) {
    if (/unreachable/.test(text)) return new Failure(`${what} panicked${word}`);
    if (/out of bounds/.test(text)) {
      return new Failure(`${what} reached out of its memory, as endless recursion does${word}`);
    }
    return new Failure(`${what} failed: ${text}${word}`);
  }
  if (error instanceof RangeError && /call stack/i.test(text)) {
    return new Failure(`${what} called itself without end${word}`);
  }
  if (error instanceof WebAssembly.LinkError) return new Failure(`${what} does not fit: ${text}`);
  return new Failure(`${what} returned what is no value of the contract: ${text}`);
}
