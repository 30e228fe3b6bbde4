// verifies: accounts.bound, accounts.confirmed
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openOidcRig } from './oidc-rig.ts';
import type { OidcRig } from './oidc-rig.ts';

/*
 * Linking an account in a real browser: what the pages' own headers allow, what a browser sends with a form, and whose cookies
 * go where, is the browser's word here and not ours. Debian's package `chromium`; without it these tests are skipped.
 */

const executablePath = '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];

describe.skipIf(!existsSync(executablePath))('in Chromium', () => {
  let oidc: OidcRig;
  let browser: Browser;
  beforeAll(async () => {
    oidc = await openOidcRig();
    browser = await chromium.launch({ executablePath, args });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await oidc.close();
  });

  /** What the browser itself complains of: a policy that blocks something shows here and nowhere else. */
  function complaintsOf(page: Page): string[] {
    const complaints: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    page.on('pageerror', (error) => void complaints.push(error.message));
    return complaints;
  }

  /** Signs in as a user and consents; the browser is then back at our door. */
  async function throughIssuer(context: BrowserContext, link: string): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(link);
    await page.fill('input[name=login]', 'octo');
    await page.fill('input[name=password]', 'x');
    await page.click('button[type=submit]');
    await page.click('button[type=submit]');
    await page.waitForURL(`${oidc.rig.url}/oauth/one/continue`);
    return { page, complaints };
  }

  test('a person links an account: through the issuer, sees whose it is, confirms it; nothing is blocked or reported', async () => {
    const context = await browser.newContext();
    const { page, complaints } = await throughIssuer(context, oidc.rig.link('one', 'alice'));
    complaints.length = 0; // the issuer's own pages are not ours
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Is this the account?').waitFor();
    expect(await page.locator('dd').allTextContents()).toContain('octo');
    // Our own style is let in; a page that nothing is let into would be a list without form.
    expect(await page.evaluate(`getComputedStyle(document.querySelector('dl')).display`)).toBe('grid');
    await page.getByRole('button', { name: 'Link this account' }).click();
    await page.getByText('The account is linked').waitFor();
    expect(complaints).toEqual([]);
    expect((await oidc.rig.said('account-linked')).at(-1)).toMatchObject({ account: 'one', id: 'octo', name: 'octo' });
    await context.close();
  });

  test('the same answer in another browser, without the cookie of the first, links nothing', async () => {
    const first = await browser.newContext();
    const before = (await oidc.rig.said('account-linked')).length;
    const { page } = await throughIssuer(first, oidc.rig.link('one', 'alice'));
    const second = await browser.newContext();
    const other = await second.newPage();
    await other.goto(page.url());
    expect(await other.getByRole('button', { name: 'Continue' }).count()).toBe(0);
    expect((await oidc.rig.said('account-linked')).length).toBe(before);
    await first.close();
    await second.close();
  });

  test('a page of another site can neither frame the door nor send its forms', async () => {
    const context = await browser.newContext();
    const { page } = await throughIssuer(context, oidc.rig.link('one', 'alice'));
    const csrf = await page.locator('input[name=csrf]').first().getAttribute('value');
    const before = (await oidc.rig.said('account-linked')).length;
    const hostile = await context.newPage();
    // Another host of this machine: its cookies are its own, its site is another one.
    await hostile.route('http://attacker.localhost/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<iframe src="${page.url()}"></iframe><form method="post" action="${page.url()}"><input name="csrf" value="${csrf}"><button>go</button></form>`,
      }),
    );
    await hostile.goto('http://attacker.localhost/');
    const framed = hostile.frames().find((frame) => frame !== hostile.mainFrame());
    expect(framed?.url()).toMatch(/^chrome-error:/);
    const answered = hostile.waitForResponse((response) => response.request().method() === 'POST');
    await hostile.getByRole('button', { name: 'go' }).click();
    expect((await answered).status()).toBe(403);
    expect((await oidc.rig.said('account-linked')).length).toBe(before);
    await context.close();
  });
});
