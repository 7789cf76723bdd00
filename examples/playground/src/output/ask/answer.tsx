//! An answer: each name that was looked up on the way, what it has, and why it has no more.

import type { JSX } from 'preact';
import type { Answer, AnswerStep, Choice, Row } from '../../engine/protocol';
import { goToPath } from '../go';
import { counted } from '../words';
import { headline, isMiss } from './headline';
import { askFor } from './question';

interface Props {
  answer: Answer;
  /** The type that was asked for. */
  type: string;
}

export function Answered({ answer, type }: Props): JSX.Element {
  if (answer.unreadable !== undefined) return <p class="out-error">{answer.unreadable}</p>;
  return (
    <ol class="out-steps">
      {answer.steps.map((step, at) => (
        <li key={`${at} ${step.name}`}>
          <Step step={step} type={type} />
        </li>
      ))}
    </ol>
  );
}

function Step({ step, type }: { step: AnswerStep; type: string }): JSX.Element {
  const { name, wildcard, records, reasons, near, choice } = step;
  return (
    <>
      <h2 class={isMiss(step.status) ? 'out-miss' : 'out-hit'}>{headline(step, type)}</h2>
      {wildcard === undefined ? null : (
        <p>
          There is no name <code>{name}</code> itself; the wildcard <code>{wildcard}</code> answers for it.
        </p>
      )}
      {choice === undefined || records.length === 0 ? null : <Chosen choice={choice} of={records.length} />}
      {records.length === 0 ? null : <Records records={records} choice={choice} />}
      {reasons.length === 0 ? null : (
        <ul class="out-reasons">
          {reasons.map(reason => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {near.length === 0 ? null : (
        <p class="out-chips">
          Names like it:
          {near.map(one => (
            <button key={one} type="button" class="out-chip" onClick={() => askFor(one)}>
              <span class="fr-unseen">Ask for </span>
              {one}
            </button>
          ))}
        </p>
      )}
    </>
  );
}

function Chosen({ choice, of }: { choice: Choice; of: number }): JSX.Element {
  const { policy, records, scope } = choice;
  return (
    <p>
      {policy} gives this client {records.length} of {counted(of, 'record')}
      {scope === 0
        ? ', as it does every client.'
        : `; so it does all clients whose address has the same first ${counted(scope, 'bit')}.`}
    </p>
  );
}

function Records({ records, choice }: { records: readonly Row[]; choice: Choice | undefined }): JSX.Element {
  const isGiven = (at: number) => choice === undefined || choice.records.includes(at);
  return (
    <ul class="out-answer">
      {records.map((record, at) => (
        <li key={`${at} ${record.rdata}`} class={isGiven(at) ? undefined : 'out-held-back'}>
          <code>
            {record.owner} {record.ttl} IN {record.type} {record.rdata}
          </code>
          {isGiven(at) ? null : <strong> not given to this client</strong>} <Made record={record} />
        </li>
      ))}
    </ul>
  );
}

function Made({ record }: { record: Row }): JSX.Element {
  const { rule, policy, service, instance, resource, path } = record;
  const parts = [
    rule && `rule ${rule.name}`,
    policy && `of ${policy}`,
    service && `for ${service}`,
    instance && `on ${instance}`,
    resource,
  ].filter(Boolean);
  return (
    <span class="out-hint">
      {parts.join(' ')}{' '}
      {path === undefined ? null : (
        <button type="button" class="out-small" onClick={() => void goToPath(path)}>
          Go to the document<span class="fr-unseen">, {path}</span>
        </button>
      )}
    </span>
  );
}
