//! What the tour says, and what it points at.

export interface Step {
  title: string;
  text: string;
  /** Selector of what it is about. */
  target: string;
  /** The side that is shown where there is room for one. */
  side: 'input' | 'output';
  /** The view of the output that it is about. */
  outputTab?: string;
}

export const STEPS: Step[] = [
  {
    title: 'A cluster',
    text: 'On this side stands a cluster: its nodes, its services, and what each of them has. Change an address or add a service, and the names follow as you type. Ctrl+Space shows what may stand where the caret is.',
    target: '#fr-input',
    side: 'input',
  },
  {
    title: 'Its names',
    text: 'A policy makes names of it. These are the records that PowerDNS would be given, made by the very component that the daemon loads, and checked by the daemon’s own code. Filter and sort them; each says which rule, service and resource made it.',
    target: '#fr-output',
    side: 'output',
    outputTab: 'zones',
  },
  {
    title: 'From a record to its cause, and back',
    text: 'Choose a record: what it is made of is marked in the document. Move the caret in the document, and the records that come from there are marked.',
    target: '#fr-output',
    side: 'output',
    outputTab: 'zones',
  },
  {
    title: 'Another policy',
    text: 'Pick one that comes with the page, or drop a .wasm file of your own anywhere. Several stack: who stands first wins a name. Settings have a form, made of the policy’s own schema.',
    target: '#fr-input',
    side: 'input',
  },
  {
    title: 'What is wrong',
    text: 'Records that cannot stand in a zone, names that two policies want, policies that fail: each with its place. Choosing one goes there.',
    target: '#fr-output',
    side: 'output',
    outputTab: 'problems',
  },
  {
    title: 'Ask',
    text: 'Ask as a resolver would, with a search list and as a client of your choice. Where there is no answer, it says why, and what is like it.',
    target: '#fr-output',
    side: 'output',
    outputTab: 'ask',
  },
  {
    title: 'What a change changes',
    text: 'Keep the names as they are, edit, and see what differs; or compare two stacks of policies on the same cluster.',
    target: '#fr-output',
    side: 'output',
    outputTab: 'differences',
  },
  {
    title: 'Take it with you',
    text: 'A link holds all of it, and nothing is sent anywhere: it is in the part of the address that no server sees. Or export a folder that “zonesmith policy test” and “zonesmith serve” take.',
    target: '.fr-header',
    side: 'input',
  },
];
