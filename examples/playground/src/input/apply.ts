//! Puts on the page what a folder holds. Nothing is changed before all of it is there.

import type { PolicySlot } from '../engine/protocol';
import type { Imported, ImportedPolicy } from '../share/folder';
import { policies, text } from '../state';
import { addComponent, loadShipped } from './catalogue';
import { place, refused, replaceInput } from './stack';

/** @throws when a policy of it cannot be used: a sentence. */
export async function apply(imported: Imported, from: string): Promise<void> {
  const slots: PolicySlot[] = [];
  for (const policy of imported.policies ?? []) slots.push(await slotOf(policy));
  replaceInput(
    {
      text: imported.document ?? text.value,
      policies: imported.policies === null ? policies.value : slots,
    },
    `What is shown is that of ${from}.`,
  );
}

async function slotOf({ name, settings, component }: ImportedPolicy): Promise<PolicySlot> {
  if (component === null) {
    const ours = (await loadShipped()).find(policy => policy.name === name);
    if (ours !== undefined) return place(ours, settings);
    throw new Error(`The folder has no ${name}.wasm: \`zonesmith policy build\` makes it.`);
  }
  const inspected = await addComponent(component, name);
  if (inspected.refusal !== undefined) throw new Error(refused(`${name}.wasm`, inspected.refusal));
  return place({ name: inspected.description?.name ?? name, digest: inspected.digest }, settings);
}
