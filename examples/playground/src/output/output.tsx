//! Everything the user sees come out, a tab each.
//!
//! - `records`: the table, with who made each record
//! - `texts`: master file, JSON, what `policy test` expects
//! - `problems`: what somebody may want to change
//! - `ask`: a question, answered as a resolver would be
//! - `differences`: before and after, or under other policies
//! - `timings`: what each service costs

import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Tabs } from '../frame/tabs';
import { outcome, outputTab } from '../state';
import { Ask } from './ask';
import { Differences } from './differences';
import { keepTheFirst } from './differences/kept';
import './output.css';
import { Problems } from './problems';
import { Records } from './records';
import { Texts } from './texts';
import { Timings } from './timings';

const VIEWS: readonly { id: string; title: string; View: () => JSX.Element }[] = [
  { id: 'zones', title: 'Records', View: Records },
  { id: 'text', title: 'Text', View: Texts },
  { id: 'problems', title: 'Problems', View: Problems },
  { id: 'ask', title: 'Ask', View: Ask },
  { id: 'differences', title: 'Differences', View: Differences },
  { id: 'timings', title: 'Timings', View: Timings },
];

const PANEL = 'out-panel';

export function Output(): JSX.Element {
  useEffect(keepTheFirst, []);
  // A shared link may be of a page that had other tabs.
  const shown = VIEWS.find(view => view.id === outputTab.value) ?? VIEWS[0];
  const tabs = VIEWS.map(({ id, title }) => {
    const count = id === 'problems' ? toldProblems() : 0;
    return { id, title, panel: PANEL, ...(count > 0 ? { count } : {}) };
  });
  return (
    <div class="out-tabbed">
      <Tabs label="Views" tabs={tabs} chosen={outputTab} />
      <div class="out-panel" id={PANEL} role="tabpanel" aria-label={shown?.title}>
        {shown ? <shown.View key={shown.id} /> : null}
      </div>
    </div>
  );
}

/** What is only said for information is no problem. */
function toldProblems(): number {
  const problems = outcome.value?.problems;
  return problems ? problems.errors + problems.warnings : 0;
}
