//! A difference as `zonesmith policy diff --format json` says it and as the page shows it, in the same words.

import type { Page } from '@playwright/test';

interface Counts {
  added: number;
  removed: number;
  changed: number;
}

interface Maker {
  policy: string;
  rule?: string;
  service?: string;
}

interface Soa {
  ttl: number;
  soa: string;
}

interface SaidRecord {
  change: 'added' | 'removed' | 'changed';
  type: string;
  content: string;
  'ttl-before'?: number;
  'ttl-after'?: number;
  makers: Maker[];
}

/** What the command prints, as far as the page shows it. */
interface Printed {
  totals: { zones: Counts; names: Counts; records: Counts };
  zones: { apex: string; change: string; before?: Soa; after?: Soa }[];
  names: { name: string; change: string; records: SaidRecord[] }[];
  'by-rule': (Counts & { policy: string; rule: string | null })[];
  'by-service': (Counts & { policy: string; service: string | null })[];
}

export interface Difference {
  totals: { zones: Counts; names: Counts; records: Counts };
  zones: string[];
  byRule: string[];
  byService: string[];
  /** `web.demo. changed: added 60 A 10.0.0.1`, sorted, and of each whose word it is. */
  lines: [string, string[]][];
}

/** What the command said. */
export function printed(text: string): Difference {
  const { totals, zones, names, 'by-rule': rules, 'by-service': services } = JSON.parse(text) as Printed;
  const share = (policy: string, name: string | null, { added, removed, changed }: Counts) =>
    [policy, name ?? 'none', added, removed, changed].join(' ');
  return {
    totals: { zones: totals.zones, names: totals.names, records: totals.records },
    zones: zones.map(({ apex, change, before, after }) => {
      const text = `${change}: zone ${apex}`;
      return change === 'changed' ? `${text}: ${soaText(after)}, before ${soaText(before)}` : text;
    }),
    byRule: rules.map(row => share(row.policy, row.rule, row)).sort(),
    byService: services.map(row => share(row.policy, row.service, row)).sort(),
    lines: sorted(
      names.flatMap(({ name, change, records }) =>
        records.map((record): [string, string[]] => [
          `${name} ${change}: ${recordText(record)}`,
          record.makers.map(makerText),
        ]),
      ),
    ),
  };
}

function soaText(soa: Soa | undefined): string {
  return `${soa?.ttl} SOA ${soa?.soa}`;
}

function recordText(record: SaidRecord): string {
  const { change, type, content, 'ttl-before': before, 'ttl-after': after } = record;
  const text = `${change}: ${after ?? before} ${type} ${content}`;
  return change === 'changed' ? `${text} (TTL ${before} before)` : text;
}

function makerText({ policy, rule, service }: Maker): string {
  return [policy, rule && `rule ${rule}`, service].filter(Boolean).join(', ');
}

function sorted(lines: [string, string[]][]): [string, string[]][] {
  return lines.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What the page shows in its view of differences; null while it compares. */
export async function shown(page: Page): Promise<Difference | null> {
  const seen = await page.evaluate(() => {
    const text = (node: Element | null | undefined) => (node?.textContent ?? '').replace(/\s+/g, ' ').trim();
    const table = (title: string) => {
      const all = [...document.querySelectorAll('.out-shares details')];
      const rows = all.find(it => text(it).startsWith(title))?.querySelectorAll('tbody tr') ?? [];
      return [...rows].map(row => [...row.children].map(cell => text(cell).replaceAll(',', '')).join(' '));
    };
    const signs = /^[+−~] /;
    const zones = [...document.querySelectorAll('.out-zones > li')];
    const names = [...document.querySelectorAll('.out-changes > li:has(h2)')];
    return {
      summary: document.querySelector('.out-summary')?.textContent ?? null,
      zones: zones.map(zone => text(zone).replace(signs, '')),
      byRule: table('By rule'),
      byService: table('By service'),
      lines: names.flatMap(name =>
        [...name.querySelectorAll('.out-change')].map((line): [string, string[]] => {
          const maker = text(line.querySelector('.out-hint'));
          const record = text(line)
            .replace(signs, '')
            .slice(0, maker.length === 0 ? undefined : -maker.length);
          return [`${text(name.querySelector('h2'))}: ${record.trim()}`, [maker]];
        }),
      ),
    };
  });
  if (seen.summary === null) return null;
  const of = (what: string) => counts(new RegExp(`${what}: ([^.]*)\\.`).exec(seen.summary ?? '')?.[1] ?? '');
  return {
    totals: { zones: of('Zones'), names: of('Names'), records: of('Records') },
    zones: seen.zones,
    byRule: seen.byRule.sort(),
    byService: seen.byService.sort(),
    lines: sorted(seen.lines),
  };
}

function counts(text: string): Counts {
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(text)?.[1] ?? 0);
  return { added: count('added'), removed: count('removed'), changed: count('changed') };
}
