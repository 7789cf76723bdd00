import { expect, test } from './playground';

test('once it was loaded, the page works without a network, also for policies not yet used', async ({
  playground,
  page,
  context,
}) => {
  await playground.open();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await context.setOffline(true);
  await page.reload();
  await playground.done();
  expect((await playground.names()).length).toBeGreaterThan(10);
  const engine = await page.evaluate(async () => {
    const workbench = await window.zonesmith();
    const shipped = await workbench.shipped();
    const document = JSON.stringify({ cluster: { name: 'away', dns: ['10.0.0.1'] } });
    const refused: string[] = [];
    for (const { name, digest, optional } of shipped) {
      if (optional) continue;
      const slot = { id: name, name, digest, settings: '{}', enabled: true };
      const outcome = await workbench.update({ document, policies: [slot] });
      refused.push(...outcome.refusals.map(refusal => `${name}: ${refusal.reason}`));
    }
    return { count: shipped.length, refused };
  });
  expect(engine.refused).toEqual([]);
  expect(engine.count).toBeGreaterThan(6);
});
