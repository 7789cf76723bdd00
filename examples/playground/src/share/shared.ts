//! The page's input as a link says it, and back. A link that cannot be used whole changes nothing.

import type { PolicySlot } from '../engine/protocol';
import { addComponent, known, loadShipped } from '../input/catalogue';
import { place, refused } from '../input/stack';
import { outputTab, policies, type Start, text } from '../state';
import { workbench } from '../workbench';
import { LARGEST_COMPONENT, LinkError, type Shared, type SharedComponent, type SharedPolicy } from './link';

/** What is shown now, as a link would say it; and the policies that it names without carrying them. */
export async function whatIsShown(): Promise<{ shared: Shared; missing: string[] }> {
  const slots = policies.peek();
  const document = text.peek();
  const view = outputTab.peek();
  const components = new Map<string, SharedComponent>();
  const missing: string[] = [];
  for (const { name, digest } of slots) {
    const component = known(digest);
    if (component?.isShipped === true || components.has(digest)) continue;
    const bytes = (component?.size ?? 0) > LARGEST_COMPONENT ? undefined : await bytesOf(digest);
    if (bytes === undefined || bytes.length > LARGEST_COMPONENT) missing.push(name);
    else components.set(digest, { name, digest, bytes });
  }
  return {
    shared: {
      document,
      policies: slots.map(({ name, digest, settings, enabled }) => ({
        name,
        digest,
        settings,
        isEnabled: enabled,
      })),
      components: [...components.values()],
      view,
    },
    missing,
  };
}

/** The bytes of a component; undefined where nobody has them. */
export async function bytesOf(digest: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const engine = await workbench();
  const bytes = await engine.component(digest);
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}

/**
 * Everything that a link names, ready to be shown.
 *
 * @throws {LinkError} when one of its policies cannot be had.
 */
export async function take(shared: Shared): Promise<Start> {
  await loadShipped();
  for (const { name, digest, bytes } of shared.components) {
    if (known(digest) !== undefined) continue;
    const inspected = await addComponent(bytes, name);
    if (inspected.refusal !== undefined)
      throw new LinkError(`The link's ${refused(name, inspected.refusal)}`);
    if (inspected.digest !== digest) {
      throw new LinkError(`The link is damaged: its component ${name} is not the one it names.`);
    }
  }
  const slots: PolicySlot[] = [];
  for (const policy of shared.policies) slots.push(await slotOf(policy));
  return {
    text: shared.document,
    policies: slots,
    ...(shared.view === null ? {} : { outputTab: shared.view }),
  };
}

/** Of the component that is named; else of the page's own of that name, which may be a newer one than the link's. */
async function slotOf({ name, digest, settings, isEnabled }: SharedPolicy): Promise<PolicySlot> {
  const ours = (await loadShipped()).find(policy => policy.name === name);
  const component = known(digest) ?? ours;
  if (component === undefined) {
    throw new LinkError(
      `The link names the policy ${name}, which it does not carry: drop ${name}.wasm on the page, then open the link again.`,
    );
  }
  return { ...place({ name, digest: component.digest }, settings), enabled: isEnabled };
}
