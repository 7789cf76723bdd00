/**
 * What the page asks of its workers, and what it is told: types alone, so that everything may import them.
 *
 * The page talks to one worker, the workbench. What is absent is `undefined`, never `null`. Offsets count UTF-16 units, as
 * the editor does. Paths of the document are the host's: `services.shop/svc/web.instances.n1.resources.ip#0`.
 */

/** A place in the stack of policies. The order of the list is the order of the stack: who stands first wins. */
export interface PolicySlot {
  /** The page's own name of the place, unique: two places may hold the same component. Handed back, never looked at. */
  id: string;
  /** What people call it: the file, or the shipped policy. */
  name: string;
  /** Names the component: SHA-256 of its bytes, in hexadecimal. */
  digest: string;
  /** A JSON text; `{}` where there are none. */
  settings: string;
  enabled: boolean;
}

/** Everything that the names are made of. */
export interface Input {
  document: string;
  policies: PolicySlot[];
}

/** A rule of a policy. */
export interface Rule {
  name: string;
  documentation: string;
}

/** What a policy says it is. */
export interface Description {
  name: string;
  version: string;
  authors: string[];
  documentation: string;
  rules: Rule[];
  /** A JSON Schema as a text; empty when there are no settings. */
  settingsSchema: string;
}

/** How far a policy came: the daemon's words. */
export type Stage = 'read' | 'compile' | 'contract' | 'link' | 'instantiate' | 'describe' | 'configure';

/** Why a policy is not run. */
export interface Refusal {
  stage: Stage;
  /** A sentence: what is wrong, and what to do. */
  reason: string;
}

/** What there is to say of a component that was dropped, loaded or picked. */
export interface Inspected {
  name: string;
  digest: string;
  /** Octets. */
  size: number;
  /** `zonesmith:policy@1.0.0`; absent: it is no policy. */
  contract?: string;
  imports: string[];
  exports: string[];
  /** Whether it also chooses which records a client is given. */
  selects: boolean;
  /** Absent when it was refused before it could say. */
  description?: Description;
  /** Present: it cannot be put into the stack. */
  refusal?: Refusal;
}

/** A policy that comes with the page. */
export interface Shipped {
  name: string;
  digest: string;
  /** Octets of the component. */
  size: number;
  description: Description;
  selects: boolean;
  /** Large, and loaded only when it is picked: made with an interpreter in it. */
  optional: boolean;
  /** Where the component itself can be had, relative to the page. */
  url: string;
  /** Files of its folder, for examples: relative to the page. */
  example?: { document: string; settings?: string };
}

/** A fault of the document, with its place in the text where it has one. */
export interface DocumentProblem {
  /** Path of the document; empty when the text is no JSON. */
  path: string;
  message: string;
  from: number;
  to: number;
}

/** Of what language the document is. */
export type Format = 'cluster-document' | 'agent-v3' | 'agent-v2';

/** A zone that is there. */
export interface ZoneSummary {
  apex: string;
  names: number;
  records: number;
}

/** What became of an update. */
export interface Outcome {
  /** Grows with every change of what is shown. */
  generation: number;
  /** A newer update was asked for before this one was done: wait for that one. */
  superseded: boolean;
  /** Absent while no document could be read. */
  format?: Format;
  /** The document is refused as a whole: what is shown is of the last good one. */
  isRefused: boolean;
  documentProblems: DocumentProblem[];
  /** Policies of the input that are not run. */
  refusals: SlotRefusal[];
  zones: ZoneSummary[];
  /** How many there are, of `problems()`. */
  problems: { errors: number; warnings: number; information: number };
  /** Names that were added, removed or changed by this update, the first `CHANGED_NAMES` of them in canonical order. */
  changedNames: string[];
  changed: number;
  timings: UpdateTimings;
}

/** Most of `Outcome.changedNames`. */
export const CHANGED_NAMES = 200;

/** A policy that is not run. */
export interface SlotRefusal extends Refusal {
  /** Of the slot. */
  id: string;
  name: string;
}

/** Milliseconds that an update took. */
export interface UpdateTimings {
  /** Reading the document, and finding what changed in it. */
  read: number;
  /** In policies, with what lies between. */
  policies: number;
  /** Checking and merging. */
  publish: number;
  total: number;
  /** Services that policies were asked about, each policy counted. */
  synthesized: number;
}

/** What of the records is wanted. */
export interface View {
  /** Apex of a zone; absent: all. */
  zone?: string;
  /** As the daemon's search has it: `*` and `?`; without either, a part of the owner or the content. */
  text?: string;
  type?: string;
  policy?: string;
  rule?: string;
  service?: string;
  /** Only records that come from this path of the document, or from below it. */
  path?: string;
  /** Absent: canonical order of DNS, zone by zone. */
  sort?: { by: Column; descending: boolean };
  /** A path of the document: `Rows.firstOf` says where its records begin. */
  near?: string;
  offset: number;
  limit: number;
}

export type Column =
  | 'owner'
  | 'ttl'
  | 'type'
  | 'rdata'
  | 'policy'
  | 'rule'
  | 'service'
  | 'instance'
  | 'resource';

/** A record, and who made it. */
export interface Row {
  zone: string;
  owner: string;
  ttl: number;
  type: string;
  rdata: string;
  /** Absent of an SOA, which the host writes. */
  policy?: string;
  rule?: Rule;
  service?: string;
  /** The node of the instance. */
  instance?: string;
  resource?: string;
  /** Where in the document it comes from, as near as is known. */
  path?: string;
  exclusive: boolean;
}

export interface Rows {
  total: number;
  /** The place in the whole view of the first row that comes from `View.near`. */
  firstOf?: number;
  rows: Row[];
}

export type Severity = 'information' | 'warning' | 'error';

export type ProblemKind =
  | 'document'
  | 'refused'
  | 'refused-zone'
  | 'failure'
  | 'diagnostic'
  | 'quarantined'
  | 'conflict'
  | 'several-ttls'
  | 'dangling';

/** Something that somebody may want to change. */
export interface Problem {
  kind: ProblemKind;
  severity: Severity;
  sentence: string;
  policy?: string;
  rule?: string;
  service?: string;
  /** The node of the instance. */
  instance?: string;
  resource?: string;
  path?: string;
  /** The name that it is about. */
  name?: string;
}

export interface Question {
  /** As a person types it: relative names go through `searchDomains`; an address asks for its reverse name. */
  name: string;
  /** `A`, or `ANY`. */
  type: string;
  /** An address or a network: the policy that chooses is asked for it. */
  client?: string;
  searchDomains?: string[];
}

/** What a resolver is told: the daemon's words. */
export type AnswerStatus = 'found' | 'no-data' | 'no-such-name' | 'referral' | 'out-of-zone' | 'not-served';

/** One name that was looked up: the one asked for, those of the search list before it, those that CNAMEs lead to. */
export interface AnswerStep {
  name: string;
  status: AnswerStatus;
  /** Apex of its zone. */
  zone?: string;
  /** The wildcard that answers for it. */
  wildcard?: string;
  /** The name itself has nothing, names below it have. */
  isEmptyNonTerminal: boolean;
  records: Row[];
  /** Why not more is answered: sentences. */
  reasons: string[];
  /** Names like it that there are. */
  near: string[];
  /** What the choosing policy gave the client, of `records`. */
  choice?: Choice;
}

export interface Choice {
  policy: string;
  /** Indexes into the step's records. */
  records: number[];
  /** Leading bits of the client's address that decided. */
  scope: number;
}

export interface Answer {
  /** Present: the question cannot be asked; a sentence. */
  unreadable?: string;
  status: AnswerStatus;
  /** In the order of asking. The last one decides. */
  steps: AnswerStep[];
}

/** Names what was kept. */
export type KeptId = number;

/** What differs between two states of the zones. */
export interface Difference {
  /** Zones that come, go, or have another SOA. */
  zones: ZoneDifference[];
  names: { added: number; removed: number; changed: number };
  records: { added: number; removed: number; changed: number };
  /** In canonical order, the first `DIFFERENT_NAMES` of them. */
  changes: NameDifference[];
  by: DifferenceShare[];
  problems: { came: Problem[]; gone: Problem[] };
}

/** Most of `Difference.changes`. */
export const DIFFERENT_NAMES = 5_000;

export type Change = 'added' | 'removed' | 'changed';

export interface ZoneDifference {
  apex: string;
  change: Change;
  /** `60 SOA …` with serial 0; absent where the zone is not there. */
  before?: string;
  after?: string;
}

export interface NameDifference {
  name: string;
  change: Change;
  added: Row[];
  removed: Row[];
  /** The same record with another TTL. */
  changed: { before: Row; after: Row }[];
}

/** How many records that are added, removed or changed are of one policy, or of a rule or a service of it. */
export interface DifferenceShare {
  what: 'policy' | 'rule' | 'service';
  policy: string;
  /** Of the rule or the service; absent: what the policy says by no rule, or of no service. */
  name?: string;
  added: number;
  removed: number;
  changed: number;
}

/** What one service, or the configuration, cost in the components. */
export interface Timing {
  /** Absent: the policy's configuration. */
  service?: string;
  policy: string;
  microseconds: number;
  records: number;
}

/** A stretch of the document's text. */
export interface Span {
  from: number;
  to: number;
}

/** The workbench, as the page sees it through comlink. */
export interface Workbench {
  /** Makes a component known: afterwards slots may name its digest. Transpiles it when it does not come with the page. */
  addComponent(bytes: Uint8Array, name: string): Promise<Inspected>;
  /** The bytes of a component that was added or comes with the page. */
  component(digest: string): Promise<Uint8Array | undefined>;
  shipped(): Promise<Shipped[]>;
  /** Makes the names of this input; calls `progress` while policies work. Policies that come with the page are loaded as needed. */
  update(input: Input, progress?: (done: number, of: number) => void): Promise<Outcome>;
  rows(view: View): Promise<Rows>;
  /** A master file. */
  zoneText(apex: string): Promise<string>;
  zoneJson(apex: string): Promise<string>;
  /** What `zonesmith policy test` expects in `expected.zone`. */
  published(): Promise<string>;
  problems(): Promise<Problem[]>;
  ask(question: Question): Promise<Answer>;
  /** Keeps the zones as they are, to compare with later. */
  keep(label: string): Promise<KeptId>;
  /** Keeps what another stack would make of the same document; refuses as `compareWith` does. */
  keepOther(policies: PolicySlot[]): Promise<KeptId>;
  forget(kept: KeptId): Promise<void>;
  compare(from: KeptId, to: KeptId | 'now'): Promise<Difference>;
  /**
   * What another stack would make of the same document, against what is shown.
   *
   * @throws When a policy of it, which is not shown as well, is not run: a sentence.
   */
  compareWith(policies: PolicySlot[]): Promise<Difference>;
  timings(): Promise<Timing[]>;
  /** Where a path is in the last document that was read. */
  places(path: string): Promise<Span | undefined>;
  /** The path of the innermost thing at an offset. */
  pathAt(offset: number): Promise<string | undefined>;
}
