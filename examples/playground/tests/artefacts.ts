//! Where tests leave what people may want to look at: `target/playground`.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Screenshots, results, components for tests. */
export const artefacts = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', 'playground');

/** The program, as cargo left it, or as whoever runs the tests says. */
export const zonesmith =
  process.env.ZONESMITH ?? resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/zonesmith');
