//! A cluster of any size: regular, so that one sees at once where something is missing.

const NAMESPACES = ['shop', 'search', 'billing', 'media', 'root'];

/** Nodes; each service has an instance on three of them. */
const NODES = 12;

const INSTANCES = 3;

/** Addresses of a network of 16 bits that are given to services. */
const OF_A_NETWORK = 60_000;

/** A document with this many services. */
export function largeCluster(count: number): string {
  const nodes: Record<string, unknown> = {};
  for (let node = 1; node <= NODES; node += 1) {
    nodes[`n${node}`] = { score: 50 + ((node * 7) % 50), addresses: [`10.0.0.${node}`] };
  }
  const services: Record<string, unknown> = {};
  for (let at = 0; at < count; at += 1) {
    const instances: Record<string, unknown> = {};
    for (let instance = 0; instance < INSTANCES; instance += 1) {
      const number = at * INSTANCES + instance;
      instances[`n${((at + instance) % NODES) + 1}`] = {
        availability: 'up',
        resources: {
          'ip#0': {
            status: 'up',
            info: {
              ipaddr: address(number),
              hostname: `h${instance + 1}`,
              expose: ['80/tcp', '443/tcp:8443'],
            },
          },
        },
      };
    }
    const namespace = NAMESPACES[at % NAMESPACES.length] ?? 'root';
    services[`${namespace}/svc/service-${String(at).padStart(5, '0')}`] = { instances };
  }
  const networks = [{ name: 'backend', cidr: '10.64.0.0/10', scope: 'cluster' }];
  const cluster = { name: 'large', dns: ['10.0.0.1', '10.0.0.2'], nodes, networks };
  return `${JSON.stringify({ cluster, services }, null, 1)}\n`;
}

function address(number: number): string {
  const network = 64 + Math.floor(number / OF_A_NETWORK);
  const rest = (number % OF_A_NETWORK) + 256;
  return `10.${network}.${rest >> 8}.${rest & 255}`;
}
