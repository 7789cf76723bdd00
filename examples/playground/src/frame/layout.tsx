//! The page's frame: header, the two sides, and the line that says how things are.
//!
//! Where there is little room, one side is shown at a time, and two tabs choose it.

import { useSignalEffect } from '@preact/signals';
import { Examples } from '../input/examples';
import { Input } from '../input/input';
import { Notices } from '../input/notices';
import { Output } from '../output/output';
import { Share } from '../share/share';
import { goTo } from '../state';
import { Divider, share } from './divider';
import { isNarrow, side } from './room';
import { StatusLine } from './status-line';
import { Tour, TourButton, TourOffer } from './tour';
import './style.css';
import { Tabs } from './tabs';
import { ThemeButton } from './theme-button';

export function Layout() {
  useSignalEffect(() => {
    if (goTo.value !== null) side.value = 'input';
  });
  const role = isNarrow.value ? 'tabpanel' : undefined;
  const hidden = (which: 'input' | 'output') => isNarrow.value && side.value !== which;
  return (
    <div class="fr-page">
      <header class="fr-header">
        <h1>
          Zonesmith <span class="fr-quiet">playground</span>
        </h1>
        <Examples />
        <Share />
        <TourButton />
        <ThemeButton />
      </header>
      <TourOffer />
      {isNarrow.value && (
        <nav aria-label="Sides of the page">
          <Tabs
            label="Sides of the page"
            tabs={[
              { id: 'input', title: 'Cluster and policies', panel: 'fr-input' },
              { id: 'output', title: 'Names', panel: 'fr-output' },
            ]}
            chosen={side}
          />
        </nav>
      )}
      <main class="fr-sides" style={{ '--share': `${share.value}fr`, '--rest': `${100 - share.value}fr` }}>
        <section
          id="fr-input"
          role={role}
          class="fr-side"
          aria-label="Cluster and policies"
          hidden={hidden('input')}
        >
          <Input />
        </section>
        <Divider />
        <section id="fr-output" role={role} class="fr-side" aria-label="Names" hidden={hidden('output')}>
          <Output />
        </section>
      </main>
      <Notices />
      <StatusLine />
      <Tour />
    </div>
  );
}
