//! Components that the page knows: those that come with it, and those that were dropped, loaded or linked.

import { anatomyOf } from './anatomy';
import { shipped as files } from './made/manifest';
import type { Policies } from './policies';
import type { Description, Inspected, Shipped } from './protocol';
import type { Runnable } from './runnable';

/** A policy that may stand in a stack. */
export interface Known {
  name: string;
  digest: string;
  description: Description;
  selects: boolean;
  runnable: Runnable;
}

const NAMES: Record<string, string> = { selection: 'zonesmith:policy/selection@' };

export class Library {
  private readonly known = new Map<string, Known>();
  private readonly bytes = new Map<string, Uint8Array>();

  constructor(private readonly policies: Policies) {
    for (const { name, digest, description, selects } of files) {
      this.known.set(digest, { name, digest, description, selects, runnable: { shipped: name } });
    }
  }

  shipped(): Shipped[] {
    return files.map(({ name, digest, size, description, selects, optional, component }) => ({
      name,
      digest,
      size,
      description,
      selects,
      optional,
      url: component,
    }));
  }

  find(digest: string): Known | undefined {
    return this.known.get(digest);
  }

  /** The bytes of a component, as they were given or as the page brings them. */
  async component(digest: string): Promise<Uint8Array | undefined> {
    const given = this.bytes.get(digest);
    if (given !== undefined) return given;
    const shipped = files.find(file => file.digest === digest);
    if (shipped === undefined) return undefined;
    const reply = await fetch(shipped.component);
    if (!reply.ok) throw new Error(`${shipped.name} cannot be loaded: ${reply.status}`);
    return new Uint8Array(await reply.arrayBuffer());
  }

  /** Proves a component as far as it can be without a cluster, and keeps it. */
  async add(bytes: Uint8Array, name: string): Promise<Inspected> {
    const digest = await digestOf(bytes);
    const { imports, exports, contract, refusal } = anatomyOf(name, bytes);
    const selects = exports.some(it => it.startsWith(NAMES.selection ?? ''));
    const seen = {
      name,
      digest,
      size: bytes.length,
      imports,
      exports,
      selects,
      ...(contract && { contract }),
    };
    if (refusal !== undefined) return { ...seen, refusal };
    const known = this.known.get(digest);
    if (known !== undefined) return { ...seen, description: known.description };

    let runnable: Runnable;
    try {
      runnable = await this.policies.transpile(bytes);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      const reason = `${name} cannot be compiled, it is damaged or cut off: ${what}`;
      return { ...seen, refusal: { stage: 'compile', reason } };
    }
    const said = await this.policies.describe(digest, runnable);
    if ('failed' in said) {
      const stage = said.failed.startsWith('the start') ? 'instantiate' : 'describe';
      return { ...seen, refusal: { stage, reason: `${name}: ${said.failed}` } };
    }
    const fault = faultOf(said.ok);
    if (fault !== undefined) {
      return { ...seen, refusal: { stage: 'describe', reason: `${name}: \`describe\` gives ${fault}` } };
    }
    this.known.set(digest, { name, digest, description: said.ok, selects, runnable });
    this.bytes.set(digest, bytes);
    return { ...seen, description: said.ok };
  }
}

/** Why a description cannot be shown and relied on. */
function faultOf({ name, rules, settingsSchema }: Description): string | undefined {
  if (name.trim() === '') return 'no name';
  if (rules.length > 1 << 16) return 'more than 65,536 rules';
  if (settingsSchema.trim() === '') return undefined;
  try {
    const schema: unknown = JSON.parse(settingsSchema);
    if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return undefined;
  } catch {
    // As below.
  }
  return 'a settings schema that is no JSON object';
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return Array.from(new Uint8Array(digest), octet => octet.toString(16).padStart(2, '0')).join('');
}
