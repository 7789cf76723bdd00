//! The page as tests see it: opened and ready, with nothing said on the console that nobody reads.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test as base, expect, type Locator, type Page } from '@playwright/test';

export { expect };

/** What one test knows the page by. */
export class Playground {
  constructor(readonly page: Page) {}

  /** Opens the page, with the fragment of a link or without, and waits for its first names. */
  async open(fragment = ''): Promise<void> {
    await this.page.goto(`./${fragment}`);
    await this.done();
  }

  /** Waits until the input has become names, and nothing is under way. */
  async done(): Promise<void> {
    await expect(this.page.getByTestId('state')).toHaveAttribute('data-state', 'done', { timeout: 30_000 });
  }

  /** Puts a text into the editor, in the place of all that is there. */
  async write(text: string): Promise<void> {
    const editor = this.page.getByRole('textbox', { name: 'Cluster document' });
    await editor.focus();
    await editor.press('ControlOrMeta+a');
    await this.page.keyboard.insertText(text);
    await this.done();
  }

  /** Drops files anywhere on the page, as from a file manager. */
  async drop(...paths: string[]): Promise<void> {
    const files = paths.map(path => ({
      name: basename(path),
      base64: readFileSync(path).toString('base64'),
    }));
    const data = await this.page.evaluateHandle(given => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of given) {
        transfer.items.add(new File([Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))], name));
      }
      return transfer;
    }, files);
    await this.page.dispatchEvent('body', 'dragover', { dataTransfer: data });
    await this.page.dispatchEvent('body', 'drop', { dataTransfer: data });
  }

  /** What is said of what was just done. */
  notices(): Locator {
    return this.page.getByRole('region', { name: 'Notices' });
  }

  /** A policy of the stack. */
  policy(name: string): Locator {
    return this.page.locator(`[data-policy="${name}"]`);
  }

  /** Picks an example. */
  async example(title: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Examples' }).click();
    await this.page.getByRole('dialog').getByRole('button', { name: title, exact: true }).click();
    await expect(this.page.getByRole('dialog')).toBeHidden();
  }

  /** The names that the daemon would publish, as `zonesmith policy test` writes them. */
  async names(): Promise<string[]> {
    const text = await this.page.evaluate(async () => (await window.zonesmith()).published());
    return text.split('\n').filter(line => line !== '');
  }
}

export const test = base.extend<{ playground: Playground }>({
  playground: async ({ page }, use) => {
    const said: string[] = [];
    page.on('pageerror', error => said.push(String(error)));
    page.on('console', message => {
      const isOfTheTests = message.text().startsWith('Service Worker registration blocked by Playwright');
      if (/error|warning/.test(message.type()) && !isOfTheTests) said.push(message.text());
    });
    await use(new Playground(page));
    expect(said, 'errors and warnings on the console').toEqual([]);
  },
});
