import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Browser, type Page } from 'playwright-core'

/** Whether every page is to be looked at in every way, and kept as a picture. */
const thorough = process.env['PICTURES'] !== undefined
/** How long a walk may take, ms: walks are long, and what a walk waits for has a limit of its own. */
export const walkMs = thorough ? 3_600_000 : 600_000

/**
 * A real browser from npm, so that pages are tested on a machine that has none. It has no Korean font
 * of its own: what it draws is what our fonts give. The caller closes it.
 */
export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    // With one process, closing a context would kill the whole browser.
    args: [...chromium.args.filter((arg) => arg !== '--single-process'), '--no-sandbox'],
    headless: true,
  })
}

/**
 * The walks of a test that has several ways to go, by language, width, or with scripts or without: the first
 * in every run, and all of them when pictures are wanted (PICTURES names their folder). The ways differ in
 * what the other walks have shown already.
 */
export function walks<Walk>(first: Walk, ...others: Walk[]): Walk[] {
  return thorough ? [first, ...others] : [first]
}

/**
 * What the browser complains about on this page from now on: errors of scripts, refusals of the policy.
 * That a refused form is answered 4xx, which browsers log by themselves, is none.
 */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 4')) {
      complaints.push(message.text())
    }
  })
  return complaints
}
