//! Asks the policies of a stack what the engine wants to know of them, and brings it what they say.

import type { Library } from './library';
import type * as Engine from './made/engine/interfaces/zonesmith-playground-workbench';
import type { Policies } from './policies';
import type { Place, Said } from './policy-worker';
import type { PolicySlot, SlotRefusal } from './protocol';

/** Services that are handed over at once: few enough to stop soon when a newer update comes. */
const AT_ONCE = 50;

/** Shortest time between two reports of progress, in milliseconds. */
const BETWEEN_REPORTS = 50;

/** What an update is told while policies are asked. */
export interface Watch {
  isStale: () => boolean;
  progress?: ((done: number, of: number) => void) | undefined;
}

export interface Asked {
  refusals: SlotRefusal[];
  /** How many services policies were asked about, each policy counted. */
  synthesized: number;
  /** A newer update came: what is missing is in the plan of that one. */
  isStale: boolean;
}

export class Stack {
  /** What was asked for last. */
  private slots: readonly PolicySlot[] = [];
  /** The places of the stack, as the engine counts them. */
  private places: { slot: PolicySlot; place: Place }[] = [];
  /** Why a policy did not take its settings, by the key of its place. */
  private readonly refused = new Map<string, string>();

  constructor(
    private readonly bench: Engine.Bench,
    private readonly engine: () => typeof Engine,
    private readonly library: Library,
    private readonly policies: Policies,
  ) {}

  /** What the engine calls the policy of this number. */
  placeOf(policy: number): { slot: PolicySlot; place: Place } | undefined {
    return this.places[policy];
  }

  /** Whether a slot stands here just as it is. */
  holds(slot: PolicySlot | undefined): boolean {
    return this.slots.some(
      ({ id, digest, settings }) => id === slot?.id && digest === slot.digest && settings === slot.settings,
    );
  }

  async ask(slots: PolicySlot[], watch: Watch): Promise<Asked> {
    const refusals: SlotRefusal[] = [];
    const engine = this.engine();
    const before = this.places;
    this.slots = slots;
    this.places = [];
    for (const slot of slots) {
      if (!slot.enabled) continue;
      const known = this.library.find(slot.digest);
      if (known === undefined) {
        refusals.push({
          ...named(slot),
          stage: 'read',
          reason: `${slot.name} is not here: its component was not loaded`,
        });
        continue;
      }
      engine.know(known.digest, known.description, known.selects);
      const { digest, runnable } = known;
      const key = `${this.bench} ${digest} ${slot.settings}`;
      this.places.push({
        slot,
        place: { key, digest, runnable, settings: slot.settings, cluster: engine.getCluster() },
      });
    }
    const tasks = engine.stack(
      this.bench,
      this.places.map(({ place: { digest, settings } }) => ({ digest, settings })),
    );
    const isGone = ({ place }: { place: Place }) => this.places.every(it => it.place.key !== place.key);
    for (const { place } of before.filter(isGone)) {
      this.refused.delete(place.key);
      await this.policies.drop(place.key);
    }
    const done = await this.perform(tasks, watch);
    for (const { slot, place } of this.places) {
      const reason = this.refused.get(place.key);
      if (reason !== undefined)
        refusals.push({ ...named(slot), stage: 'configure', reason: `${slot.name}: ${reason}` });
    }
    return { refusals, ...done };
  }

  private async perform(
    tasks: Engine.Task[],
    watch: Watch,
  ): Promise<{ synthesized: number; isStale: boolean }> {
    const of = tasks.reduce((sum, task) => sum + task.services.length, 0);
    let done = 0;
    let reported = 0;
    const report = () => {
      const now = performance.now();
      if (now - reported < BETWEEN_REPORTS && done < of) return;
      reported = now;
      watch.progress?.(done, of);
    };
    for (const task of tasks) {
      const place = this.places[task.policy]?.place;
      if (place === undefined) continue;
      if (task.configure) await this.configure(task.policy, place);
      if (this.refused.has(place.key)) continue;
      for (let from = 0; from < task.services.length; from += AT_ONCE) {
        if (watch.isStale()) return { synthesized: done, isStale: true };
        await this.synthesize(task.policy, place, task.services.slice(from, from + AT_ONCE), () => {
          done += 1;
          report();
        });
      }
    }
    return { synthesized: done, isStale: watch.isStale() };
  }

  private async configure(policy: number, place: Place): Promise<void> {
    const said = await this.policies.configure(place);
    this.engine().configured(this.bench, policy, result(said), said.microseconds);
    if ('failed' in said) this.refused.set(place.key, said.failed);
    else this.refused.delete(place.key);
  }

  private async synthesize(policy: number, place: Place, paths: string[], each: () => void): Promise<void> {
    const engine = this.engine();
    const found = paths.flatMap(path => {
      const service = engine.getService(path);
      return service === undefined ? [] : [{ path, service }];
    });
    const services = found.map(({ service }) => service);
    await this.policies.synthesize(place, services, (at, said) => {
      const path = found[at]?.path;
      if (path !== undefined) engine.synthesized(this.bench, policy, path, result(said), said.microseconds);
      each();
    });
  }
}

function named({ id, name }: PolicySlot): { id: string; name: string } {
  return { id, name };
}

/** What the contract calls a result. */
function result<T>(said: Said<T>): { tag: 'ok'; val: T } | { tag: 'err'; val: Engine.Failure } {
  return 'ok' in said ? { tag: 'ok', val: said.ok } : { tag: 'err', val: { message: said.failed } };
}
