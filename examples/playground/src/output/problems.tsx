//! What somebody may want to change: quarantined records, conflicts, what policies say, names that lead nowhere. Each with the
//! place in the document that it comes from.

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Problem, ProblemKind, Severity, Span } from '../engine/protocol';
import { goTo, outcome, outputTab } from '../state';
import { askFor } from './ask/question';
import { goToPath } from './go';
import { useLatest } from './latest';
import { counted } from './words';

/** Problems shown at once; a fault of a policy has one for each service. */
const MOST_SHOWN = 200;

/** The worst first. */
const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information'];

const KINDS: Record<ProblemKind, string> = {
  document: 'Document',
  refused: 'Refused policy',
  'refused-zone': 'Refused zone',
  failure: 'Policy fails',
  diagnostic: 'Policy says',
  quarantined: 'Quarantined',
  conflict: 'Conflict',
  'several-ttls': 'Several TTLs',
  dangling: 'Leads nowhere',
};

export function Problems(): JSX.Element {
  const kind = useSignal<ProblemKind | ''>('');
  const most = useSignal(MOST_SHOWN);
  const latest = useLatest('problems', bench => bench.problems());
  const all = latest.value ?? [];
  const kinds = counts(all);
  const isKnown = kind.value !== '' && kinds.has(kind.value);
  const wanted = isKnown ? all.filter(problem => problem.kind === kind.value) : all;
  const sorted = [...wanted].sort((one, other) => rank(one) - rank(other));
  return (
    <div class="out-problems">
      {outcome.value?.isRefused ? (
        <p class="out-error">
          The document is refused as a whole: the names shown are those of the last good one.
        </p>
      ) : null}
      <div class="out-fields">
        <label>
          Kind
          <select
            value={isKnown ? kind.value : ''}
            onChange={event => {
              kind.value = event.currentTarget.value as ProblemKind | '';
            }}
          >
            <option value="">all kinds ({all.length})</option>
            {[...kinds].map(([one, count]) => (
              <option key={one} value={one}>
                {KINDS[one]} ({count})
              </option>
            ))}
          </select>
        </label>
      </div>
      {latest.failure === undefined ? null : <p class="out-error">{latest.failure}</p>}
      {latest.value && all.length === 0 ? <p class="out-hint">No problem: every record stands.</p> : null}
      <ProblemList problems={sorted.slice(0, most.value)} />
      {sorted.length > most.value ? (
        <button
          type="button"
          onClick={() => {
            most.value += MOST_SHOWN;
          }}
        >
          Show more: {counted(sorted.length - most.value, 'problem is', 'problems are')} left
        </button>
      ) : null}
    </div>
  );
}

/** Problems, a line or two each. */
export function ProblemList({ problems }: { problems: readonly Problem[] }): JSX.Element | null {
  if (problems.length === 0) return null;
  return (
    <ul class="out-list">
      {problems.map((problem, at) => (
        <li key={`${at} ${problem.sentence}`} class={`out-problem out-${problem.severity}`}>
          <p>
            <strong>
              {problem.severity === 'information' ? '' : `${capital(problem.severity)}: `}
              {KINDS[problem.kind]}
            </strong>{' '}
            {problem.name === undefined ? null : <code>{problem.name}</code>} {problem.sentence}
          </p>
          <Whose problem={problem} />
        </li>
      ))}
    </ul>
  );
}

function Whose({ problem }: { problem: Problem }): JSX.Element | null {
  const { policy, rule, service, instance, resource, path, name } = problem;
  const parts = [
    policy && `policy ${policy}`,
    rule && `rule ${rule}`,
    service,
    instance && `on ${instance}`,
    resource,
  ].filter(Boolean);
  const span = path === undefined ? spanOf(problem) : undefined;
  return (
    <p class="out-chips out-hint">
      {parts.length === 0 ? null : <span>{parts.join(', ')}</span>}
      {path === undefined ? null : (
        <button type="button" class="out-small" onClick={() => void goToPath(path)}>
          Go to <code>{path}</code>
        </button>
      )}
      {span === undefined ? null : (
        <button
          type="button"
          class="out-small"
          onClick={() => {
            goTo.value = span;
          }}
        >
          Go to the document
        </button>
      )}
      {name === undefined ? null : (
        <button
          type="button"
          class="out-small"
          onClick={() => {
            askFor(name);
            outputTab.value = 'ask';
          }}
        >
          Ask for the name<span class="fr-unseen"> {name}</span>
        </button>
      )}
    </p>
  );
}

/** Where in the text a fault of the document is that has no path, since the text is no JSON. */
function spanOf({ kind, sentence }: Problem): Span | undefined {
  if (kind !== 'document') return undefined;
  return outcome.value?.documentProblems.find(({ message }) => message === sentence);
}

function counts(problems: readonly Problem[]): Map<ProblemKind, number> {
  const counts = new Map<ProblemKind, number>();
  for (const { kind } of problems) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function rank(problem: Problem): number {
  return SEVERITIES.indexOf(problem.severity);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
