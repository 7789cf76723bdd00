//! The examples: files of this repository, which its tests read as well, and clusters of a size.

import { formatted } from './editor/language';
import { largeCluster } from './large-cluster';

export interface Example {
  title: string;
  about: string;
  /** The policies by name, in order; absent: those that are in the stack stay. */
  stack?: string[];
  read: () => Promise<string>;
  /** Settings of the last policy of the stack. */
  settings?: () => Promise<string>;
}

// Each is a file of its own beside the page's scripts, loaded when it is picked.
const folders = import.meta.glob<string>('../../../policies/*/{cluster,settings}.json', {
  query: '?raw',
  import: 'default',
});
const demos = import.meta.glob<string>('../../../demo/cluster.json', { query: '?raw', import: 'default' });
const recorded = import.meta.glob<string>(
  [
    '../../../../tests/fixtures/documents/{one-service,unknown-fields,faults-inside}.json',
    '../../../../tests/fixtures/om3/{01-dns-set,04-start-web,22b-cni-started,53-cluster-rename,64-flex-start,80-after}.json',
    '../../../../tests/fixtures/opensvc-v2/daemon-status.json',
  ],
  { query: '?raw', import: 'default' },
);

function reader(files: Record<string, () => Promise<string>>, path: string): () => Promise<string> {
  return async () => {
    const read = files[path];
    if (read === undefined) throw new Error(`there is no ${path}`);
    return await read();
  };
}

function policy(title: string, about: string, stack: string[] = [title]): Example {
  const folder = `../../../policies/${title}`;
  return {
    title,
    about,
    stack,
    read: reader(folders, `${folder}/cluster.json`),
    settings: reader(folders, `${folder}/settings.json`),
  };
}

function fixture(title: string, path: string, about: string): Example {
  const read = reader(recorded, `../../../../tests/fixtures/${path}.json`);
  // What an agent prints is one line.
  return { title, about, read: async () => await formatted(await read()) };
}

export const POLICIES: Example[] = [
  {
    title: 'default',
    about: "The built-in policy, and the demo's cluster.",
    stack: ['default'],
    read: reader(demos, '../../../demo/cluster.json'),
  },
  policy('short-names', 'The smallest useful policy: `web.cluster1` beside `web.shop.svc.cluster1`.', [
    'default',
    'short-names',
  ]),
  policy(
    'nearest',
    'Gives each client the addresses of the nearest node: ask with a client in the question box.',
    ['default', 'nearest'],
  ),
  policy('kubernetes', "Kubernetes' specification of DNS-based service discovery."),
  policy('consul', "Consul's names of services and nodes."),
  policy('opensvc-v3', 'What an OpenSVC agent of generation 3 answered.'),
  policy('opensvc-v2', 'What an OpenSVC agent of generation 2 answered.'),
  policy('short-names-javascript', 'The same as short-names, in JavaScript.', [
    'default',
    'short-names-javascript',
  ]),
  policy('short-names-python', 'The same as short-names, in Python.', ['default', 'short-names-python']),
];

export const CLUSTERS: Example[] = [
  {
    title: 'Demo',
    about: 'Three nodes, services of several namespaces, IPv4 and IPv6.',
    read: reader(demos, '../../../demo/cluster.json'),
  },
  fixture('One service', 'documents/one-service', 'A service with everything that has a field.'),
  fixture(
    'Unknown fields',
    'documents/unknown-fields',
    'What has no meaning here reaches policies as `info`.',
  ),
  fixture(
    'Faults inside',
    'documents/faults-inside',
    'Addresses and ports that cannot be read: each is said, nothing else is lost.',
  ),
  fixture('Agent: DNS just set up', 'om3/01-dns-set', 'The status of an OpenSVC agent without any service.'),
  fixture(
    'Agent: a service started',
    'om3/04-start-web',
    'The same agent with two services, one of them up.',
  ),
  fixture('Agent: container networks', 'om3/22b-cni-started', 'Addresses of `ip.cni` and `ip.netns`.'),
  fixture('Agent: a cluster renamed', 'om3/53-cluster-rename', 'The cluster is called `Cluster2` now.'),
  fixture('Agent: two nodes', 'om3/64-flex-start', 'A failover and a flex service, up on two nodes.'),
  fixture('Agent: many objects', 'om3/80-after', 'Labels, environments, two networks.'),
  fixture(
    'Agent of generation 2',
    'opensvc-v2/daemon-status',
    'What `om daemon status --format json` prints.',
  ),
  {
    title: '1,000 services',
    about: 'Three instances each, for the feel of it.',
    read: () => Promise.resolve(largeCluster(1_000)),
  },
  {
    title: '10,000 services',
    about: 'Some 9 MB of text.',
    read: () => Promise.resolve(largeCluster(10_000)),
  },
];
