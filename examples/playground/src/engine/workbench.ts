//! The workbench: what the page asks, answered by the engine, by policies, or by both.
//!
//! The engine is the daemon's own code and does everything that has to be known; here is only the order in which things are
//! asked. Updates come one after the other: one that is overtaken stops soon, and what it has learnt is kept.

import type { Library } from './library';
import { compile } from './load';
import type { instantiate } from './made/engine/engine';
import type * as Engine from './made/engine/interfaces/zonesmith-playground-workbench';
import { engine as files } from './made/manifest';
import type { Policies } from './policies';
import type {
  Answer,
  AnswerStep,
  Difference,
  Input,
  Inspected,
  KeptId,
  Outcome,
  PolicySlot,
  Problem,
  Question,
  Rows,
  Shipped,
  SlotRefusal,
  Span,
  Timing,
  View,
  Workbench,
} from './protocol';
import { Stack } from './stack';

/** Brings an engine to life. */
export async function startEngine(): Promise<typeof Engine> {
  const [glue, ...modules] = await Promise.all([
    files.glue(),
    ...Object.entries(files.modules).map(async ([file, url]) => [file, await compile(url)] as const),
  ]);
  const compiled = new Map(modules);
  const moduleOf = (file: string): WebAssembly.Module => {
    const module = compiled.get(file);
    if (module === undefined) throw new Error(`the engine lacks its module ${file}`);
    return module;
  };
  // It imports types alone.
  const imports = {} as Parameters<typeof instantiate>[1];
  return (await glue.instantiate(moduleOf, imports)).workbench;
}

export class Bench implements Workbench {
  private readonly shown: Stack;
  private readonly other: Stack;
  /** Counts updates: the newest is the one that counts. */
  private newest = 0;
  /** The update under way. */
  private last: Promise<unknown> = Promise.resolve();
  private refusals: SlotRefusal[] = [];

  constructor(
    private engine: typeof Engine,
    private readonly restart: () => Promise<typeof Engine>,
    private readonly library: Library,
    private readonly policies: Policies,
  ) {
    const current = () => this.engine;
    this.shown = new Stack('shown', current, library, policies);
    this.other = new Stack('other', current, library, policies);
  }

  addComponent(bytes: Uint8Array, name: string): Promise<Inspected> {
    return this.library.add(bytes, name);
  }

  component(digest: string): Promise<Uint8Array | undefined> {
    return this.library.component(digest);
  }

  async shipped(): Promise<Shipped[]> {
    return this.library.shipped();
  }

  async update(input: Input, progress?: (done: number, of: number) => void): Promise<Outcome> {
    this.newest += 1;
    const own = this.newest;
    const watch = { isStale: () => own !== this.newest, progress };
    return this.inTurn(async () => {
      const began = performance.now();
      const reading = this.engine.read(input.document);
      const read = performance.now();
      const asked = await this.shown.ask(input.policies, watch);
      const answered = performance.now();
      if (!asked.isStale) this.refusals = asked.refusals;
      const published = this.engine.publish('shown');
      const ended = performance.now();
      return {
        generation: published.generation,
        superseded: asked.isStale,
        ...(reading.format && { format: reading.format }),
        isRefused: reading.isRefused,
        documentProblems: reading.problems,
        refusals: asked.refusals,
        zones: published.zones,
        problems: published.problems,
        changedNames: published.changedNames,
        changed: published.changed,
        timings: {
          read: read - began,
          policies: answered - read,
          publish: ended - answered,
          total: ended - began,
          synthesized: asked.synthesized,
        },
      };
    });
  }

  async rows(view: View): Promise<Rows> {
    return this.engine.getRows(view as Engine.View) as Rows;
  }

  async zoneText(apex: string): Promise<string> {
    return this.engine.zoneText(apex);
  }

  async zoneJson(apex: string): Promise<string> {
    return this.engine.zoneJson(apex);
  }

  async published(): Promise<string> {
    return this.engine.golden();
  }

  async problems(): Promise<Problem[]> {
    const refused = this.refusals.map(
      ({ name, reason }): Problem => ({ kind: 'refused', severity: 'error', sentence: reason, policy: name }),
    );
    return [...refused, ...(this.engine.problems() as Problem[])];
  }

  async ask({ name, type, client, searchDomains }: Question): Promise<Answer> {
    let answer: Engine.Answer;
    try {
      answer = this.engine.ask({
        name,
        type,
        ...(client !== undefined && { client }),
        searchDomains: searchDomains ?? [],
      });
    } catch (error) {
      const payload = error instanceof Error && 'payload' in error ? error.payload : undefined;
      if (typeof payload !== 'string') throw error;
      return { unreadable: payload, status: 'not-served', steps: [] };
    }
    const steps: AnswerStep[] = [];
    for (const step of answer.steps) steps.push(await this.chosen(step));
    return { status: answer.status, steps };
  }

  /** What the policy that chooses gives the client, of the records of a step. */
  private async chosen({ choosing, ...step }: Engine.AnswerStep): Promise<AnswerStep> {
    const seen = step as AnswerStep;
    const found = choosing === undefined ? undefined : this.shown.placeOf(choosing.policy);
    if (choosing === undefined || found === undefined) return seen;
    const { name, rrtype, client, records, places } = choosing;
    const said = await this.policies.choose(found.place, { name, rrtype, client }, records);
    if ('failed' in said) {
      return {
        ...seen,
        reasons: [
          ...seen.reasons,
          `${found.slot.name} did not choose, so everything is given: ${said.failed}`,
        ],
      };
    }
    if (said.ok === undefined) return seen;
    const all = Array.from(places);
    const chosen = Array.from(said.ok.records).flatMap(index => all[index] ?? []);
    if (chosen.length === 0) return seen;
    return { ...seen, choice: { policy: found.slot.name, records: chosen, scope: said.ok.scope } };
  }

  async keep(_label: string): Promise<KeptId> {
    return this.engine.keep('shown');
  }

  async keepOther(policies: PolicySlot[]): Promise<KeptId> {
    return this.inTurn(async () => {
      await this.askOther(policies);
      return this.engine.keep('other');
    });
  }

  async forget(kept: KeptId): Promise<void> {
    this.engine.forget(kept);
  }

  async compare(from: KeptId, to: KeptId | 'now'): Promise<Difference> {
    return this.engine.compare(from, to === 'now' ? undefined : to) as Difference;
  }

  async compareWith(policies: PolicySlot[]): Promise<Difference> {
    return this.inTurn(async () => {
      await this.askOther(policies);
      return this.engine.compareOther() as Difference;
    });
  }

  /** Puts a stack on the other bench. One that is not run would look as if it only took names away. */
  private async askOther(policies: PolicySlot[]): Promise<void> {
    const { refusals } = await this.other.ask(policies, { isStale: () => false });
    const refused = refusals.find(({ id }) => !this.shown.holds(policies.find(slot => slot.id === id)));
    if (refused !== undefined) throw new Error(`Refused at ${refused.stage}: ${refused.reason}`);
    this.engine.publish('other');
  }

  async timings(): Promise<Timing[]> {
    return this.engine.timings() as Timing[];
  }

  async places(path: string): Promise<Span | undefined> {
    return this.engine.place(path);
  }

  async pathAt(offset: number): Promise<string | undefined> {
    return this.engine.pathAt(offset);
  }

  /** Does one thing after the other. An engine that failed is not itself any more: the next turn has a new one. */
  private inTurn<T>(turn: () => Promise<T>): Promise<T> {
    const result = this.last.then(turn).catch(async error => {
      if (error instanceof WebAssembly.RuntimeError) this.engine = await this.restart();
      throw error;
    });
    this.last = result.catch(() => undefined);
    return result;
  }
}
