//! The page works without a network once it was loaded: a service worker keeps every file that the build made.
//!
//! A library would do it, too, with routes and strategies that a page of files with names by content has no use for.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Large, and not for everyone: kept when it was used once. */
const LATER = /optional/;

/** Adds `offline.js` to the page. */
export function offline(): Plugin {
  /** Files that are handed on as they are. */
  let beside: string[] = [];
  return {
    name: 'zonesmith:offline',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      beside = readdirSync(config.publicDir);
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const files = Object.keys(bundle)
          .filter(file => !file.endsWith('.map') && !LATER.test(file))
          .sort();
        const version = createHash('sha256');
        for (const file of files) {
          const made = bundle[file];
          version.update(file);
          if (made !== undefined) version.update(made.type === 'chunk' ? made.code : made.source);
        }
        const source = readFileSync(new URL('./offline.worker.js', import.meta.url), 'utf8')
          .replace("'VERSION'", JSON.stringify(version.digest('hex').slice(0, 16)))
          .replace("['FILES']", JSON.stringify(['./', ...beside, ...files]));
        this.emitFile({ type: 'asset', fileName: 'offline.js', source });
      },
    },
  };
}
