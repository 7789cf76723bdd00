//! Where the chosen record comes from: rule, policy, resource, instance, service, place in the document.

import type { ComponentChildren, JSX } from 'preact';
import type { Row } from '../../engine/protocol';
import { filterBy } from './view';

interface Props {
  record: Row;
  /** Shows the place in the document, and goes there. */
  open: () => void;
}

export function Provenance({ record, open }: Props): JSX.Element {
  const { owner, ttl, type, rdata, policy, rule, service, instance, resource, path, exclusive } = record;
  return (
    <section class="out-provenance" aria-labelledby="out-provenance-title">
      <h2 id="out-provenance-title">Where it comes from</h2>
      <p class="out-record">
        {owner} {ttl} IN {type} {rdata}
      </p>
      <dl>
        {policy === undefined ? (
          <Part name="Policy">
            {type === 'SOA' ? 'none: the zone has it by itself, as a policy declares the zone' : 'none'}
          </Part>
        ) : null}
        {rule && policy !== undefined ? (
          <Part name="Rule" only={`rule ${rule.name}`} filter={() => filterBy({ policy, rule: rule.name })}>
            <strong>{rule.name}</strong>
            {rule.documentation === '' ? null : `: ${rule.documentation.trim()}`}
          </Part>
        ) : null}
        {policy === undefined ? null : (
          <Part name="Policy" only={`policy ${policy}`} filter={() => filterBy({ policy })}>
            {policy}
          </Part>
        )}
        {resource === undefined ? null : <Part name="Resource">{resource}</Part>}
        {instance === undefined ? null : <Part name="Instance">on {instance}</Part>}
        {service !== undefined ? (
          <Part name="Service" only={`service ${service}`} filter={() => filterBy({ service })}>
            {service}
          </Part>
        ) : null}
        {service === undefined && policy !== undefined ? (
          <Part name="Service">none: the policy’s configuration has it</Part>
        ) : null}
        {exclusive ? (
          <Part name="Exclusive">it stands only where no other service has this name and type</Part>
        ) : null}
        {path === undefined ? null : (
          <Part name="Place">
            <code>{path}</code>{' '}
            <button type="button" onClick={open}>
              Go to the document
            </button>
          </Part>
        )}
      </dl>
    </section>
  );
}

function Part(props: {
  name: string;
  only?: string;
  filter?: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const { name, only, filter, children } = props;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {filter ? (
          <>
            {' '}
            <button type="button" class="out-small" onClick={filter}>
              Only these<span class="fr-unseen">, of {only}</span>
            </button>
          </>
        ) : null}
      </dd>
    </div>
  );
}
