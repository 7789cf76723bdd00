//! Clusters and policies to begin with.

import { signal, useSignal } from '@preact/signals';
import demo from '../../../demo/cluster.json?raw';
import type { Shipped } from '../engine/protocol';
import { policies, ready, type Start } from '../state';
import { messageOf } from '../update';
import { shipped } from './catalogue';
import { Dialog } from './dialog';
import { CLUSTERS, type Example, POLICIES } from './example-list';
import { complain } from './notices';
import { Prose } from './prose';
import { place, replaceInput } from './stack';

const isOpen = signal(false);

export function Examples() {
  return (
    <>
      <button
        type="button"
        disabled={!ready.value}
        onClick={() => {
          isOpen.value = true;
        }}
      >
        Examples
      </button>
      <Dialog title="Examples" isOpen={isOpen}>
        <h3>A policy, with the cluster of its test</h3>
        <List of={POLICIES.filter(({ stack }) => stack?.every(isShipped))} />
        <h3>A cluster, for the policies that are in the stack</h3>
        <List of={CLUSTERS} />
      </Dialog>
    </>
  );
}

function isShipped(name: string): boolean {
  return shipped.value.some(policy => policy.name === name);
}

function List({ of }: { of: Example[] }) {
  const waits = useSignal('');
  return (
    <ul class="in-examples">
      {of.map(example => (
        <li key={example.title}>
          <button
            type="button"
            disabled={waits.value === example.title}
            onClick={async () => {
              waits.value = example.title;
              await show(example);
              waits.value = '';
            }}
          >
            {example.title}
          </button>
          <Prose text={example.about} />
        </li>
      ))}
    </ul>
  );
}

async function show({ title, stack, read, settings }: Example): Promise<void> {
  try {
    const [text, own] = await Promise.all([read(), settings?.() ?? '{}']);
    const slots = stack?.flatMap((name, at) => {
      const policy = shipped.value.find(one => one.name === name);
      // The settings are those of the policy that the folder is of.
      return policy === undefined ? [] : place(policy, at === stack.length - 1 ? own.trim() : '{}');
    });
    replaceInput({ text, policies: slots ?? policies.value }, `The example is ${title}.`);
    isOpen.value = false;
  } catch (error) {
    complain(`The example cannot be loaded: ${messageOf(error)}`);
  }
}

/** What the page shows when nothing else is asked for. */
export async function firstExample(shipped: Shipped[]): Promise<Start> {
  const first = shipped.find(policy => policy.name === 'default');
  return { text: demo, policies: first === undefined ? [] : [place(first)] };
}
