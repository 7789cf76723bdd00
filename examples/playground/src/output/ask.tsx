//! A question, answered as a resolver would be, with the reason where there is no answer. The answer is of the names as they
//! are now: it changes with them.
//!
//! - `ask/question`: what is asked
//! - `ask/answer`: the answer
//! - `ask/headline`: its first line

import type { JSX } from 'preact';
import { Answered } from './ask/answer';
import { headline } from './ask/headline';
import { ask, fields, question, write } from './ask/question';
import { useLatest } from './latest';

/** To choose from; any other may be written. */
const TYPES = ['ANY', 'A', 'AAAA', 'CNAME', 'HTTPS', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'SVCB', 'TXT'];

export function Ask(): JSX.Element {
  const { name, type, client, searchDomains } = fields.value;
  return (
    <div class="out-ask">
      <form
        class="out-fields"
        onSubmit={event => {
          event.preventDefault();
          ask();
        }}
      >
        <label class="out-wide">
          Name or address
          <input
            value={name}
            required
            placeholder="web.shop.svc.demo"
            spellcheck={false}
            autocapitalize="off"
            autocomplete="off"
            onInput={event => write({ name: event.currentTarget.value })}
          />
        </label>
        <label>
          Type
          <input
            value={type}
            class="out-type"
            list="out-types"
            spellcheck={false}
            autocapitalize="off"
            onInput={event => write({ type: event.currentTarget.value })}
          />
        </label>
        <datalist id="out-types">
          {TYPES.map(one => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <button type="submit">Ask</button>
        <details class="out-more">
          <summary>Who asks</summary>
          <label>
            Address or network of the client, for policies that choose by it
            <input
              value={client}
              placeholder="10.22.0.0/24"
              spellcheck={false}
              onInput={event => write({ client: event.currentTarget.value })}
            />
          </label>
          <label>
            Search domains of the client, for names that end without a dot
            <input
              value={searchDomains}
              placeholder="shop.svc.demo svc.demo demo"
              spellcheck={false}
              onInput={event => write({ searchDomains: event.currentTarget.value })}
            />
          </label>
        </details>
      </form>
      <Result />
    </div>
  );
}

function Result(): JSX.Element {
  const wanted = question.value;
  const latest = useLatest(JSON.stringify(wanted), async bench => (wanted ? bench.ask(wanted) : undefined));
  const answer = latest.value;
  const last = answer?.steps.at(-1);
  return (
    <>
      <p class="fr-unseen" role="status">
        {answer?.unreadable ?? (wanted && last ? headline(last, wanted.type) : '')}
      </p>
      {latest.failure === undefined ? null : <p class="out-error">{latest.failure}</p>}
      {wanted && answer ? <Answered answer={answer} type={wanted.type} /> : null}
      {wanted ? null : (
        <p class="out-hint">
          Ask for a name, and the answer is what a resolver would be told; where there is none, why not.
        </p>
      )}
    </>
  );
}
