//! How long an edit takes, with a thousand services and with ten thousand: from the text to the names and the rows that are
//! seen. Figures are printed; limits are held loosely, since machines differ and others work on them.

import { expect, test } from './playground';

/** What an edit among a thousand services should take, in milliseconds. */
const GOAL = 100;

/** Some times that: beyond it something is wrong, whatever the machine. */
const LOOSE = 8;

/** Edits that are measured; the median is told. */
const EDITS = 9;

/** A cluster of so many services on three nodes, each with an address and two ports on each. */
function cluster(services: number): string {
  const instance = (node: number, at: number) => ({
    resources: {
      'ip#0': {
        status: 'up',
        info: {
          ipaddr: `10.${64 * node + ((at >> 8) & 63)}.${at & 255}.5`,
          expose: ['80/tcp', '443/tcp:8443'],
        },
      },
    },
  });
  const names = Array.from({ length: services }, (_, at) => `space${at % 20}/svc/web${at}`);
  return JSON.stringify({
    cluster: { name: 'demo', dns: ['10.0.0.1'], nodes: { n0: {}, n1: {}, n2: {} } },
    services: Object.fromEntries(
      names.map((name, at) => [
        name,
        { instances: Object.fromEntries([0, 1, 2].map(node => [`n${node}`, instance(node, at)])) },
      ]),
    ),
  });
}

for (const { services, goal } of [
  { services: 1_000, goal: GOAL },
  { services: 10_000, goal: 10 * GOAL },
]) {
  test(`an edit among ${services} services shows its names soon`, async ({ page, playground }) => {
    test.setTimeout(180_000);
    await playground.open();
    const text = cluster(services);
    const edited = text.replace('10.0.7.5', '10.0.7.6');
    const measured = await page.evaluate(
      async ({ text, edited, edits }) => {
        const workbench = await window.zonesmith();
        const digest = (await workbench.shipped()).find(({ name }) => name === 'default')?.digest ?? '';
        const policies = [{ id: 'default', name: 'default', digest, settings: '{}', enabled: true }];
        const timed = async <T>(call: () => Promise<T>): Promise<[number, T]> => {
          const before = performance.now();
          const result = await call();
          return [performance.now() - before, result];
        };
        const [first] = await timed(() => workbench.update({ document: text, policies }));
        const times: number[] = [];
        const changed = new Set<number>();
        for (let edit = 0; edit < edits; edit += 1) {
          const document = edit % 2 === 0 ? edited : text;
          const [time, outcome] = await timed(async () => {
            const outcome = await workbench.update({ document, policies });
            await workbench.rows({ offset: 0, limit: 50 });
            return outcome;
          });
          times.push(time);
          changed.add(outcome.changed);
        }
        const [filter, found] = await timed(() => workbench.rows({ text: 'web77', offset: 0, limit: 50 }));
        const [near] = await timed(() =>
          workbench.rows({ near: 'services.space7/svc/web7', offset: 0, limit: 50 }),
        );
        return { first, times, changed: [...changed], filter, found: found.total, near };
      },
      { text, edited, edits: EDITS },
    );
    const times = measured.times.sort((a, b) => a - b);
    const median = times[EDITS >> 1] ?? 0;
    const whole = (time: number) => `${Math.round(time)} ms`;
    console.log(
      `${services} services: first names ${whole(measured.first)}; an edit ${whole(median)} ` +
        `(${times.map(Math.round).join(' ')}; the goal is ${goal}); a filter ${whole(measured.filter)}; ` +
        `the rows of a place ${whole(measured.near)}`,
    );
    // Each edit changes names, and few of them: else nothing was measured.
    expect(Math.min(...measured.changed)).toBeGreaterThan(0);
    expect(Math.max(...measured.changed)).toBeLessThan(40);
    expect(measured.found).toBeGreaterThan(0);
    expect(median).toBeLessThan(LOOSE * goal);
  });
}
