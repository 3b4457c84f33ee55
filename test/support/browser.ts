import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Browser, type Page } from 'playwright-core'

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
  return process.env['PICTURES'] ? [first, ...others] : [first]
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

interface AxeResult {
  violations: {
    id: string
    impact: string | null
    help: string
    nodes: { target: unknown[]; failureSummary?: string }[]
  }[]
}

const axeScript = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/**
 * Fails when the page scrolls sideways, or breaks WCAG 2.2 A or AA: with what is wrong, where, and how
 * to mend it. `axe: false` for a page whose browser runs no scripts. A click returns as soon as the next
 * page has begun, so this first waits until that page is there.
 */
export async function expectGoodPage(page: Page, { axe = true } = {}): Promise<void> {
  await page.waitForLoadState()
  const tooWide = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
  if (tooWide !== 0) throw new Error(`${page.url()} is ${String(tooWide)} px wider than its window`)
  if (axe && (await isNew(page))) await expectAccessible(page)
}

/**
 * What a page is made of, without its words: language, width, and which elements with which classes and
 * states. A page that differs in none of it breaks no rule that the first one kept.
 */
const makeUp = `JSON.stringify([
  document.documentElement.lang, innerWidth,
  [...new Set([...document.querySelectorAll('body *')].map((element) => [
    element.tagName, element.className, element.parentElement.className,
    ...element.getAttributeNames().filter((name) => /^(aria-|role|type|disabled|open|hidden)/.test(name)),
  ].join(' ')))].sort(),
])`

/** Whether no test of this run has looked at a page made of the same: most walks begin on the same pages. */
async function isNew(page: Page): Promise<boolean> {
  const folder = process.env['JOINDER_TEST_LOOKED']!
  const path = new URL(page.url()).pathname.replaceAll(/[0-9A-Z-]*\d[\w-]*/g, '#')
  const hash = createHash('sha256')
    .update(path)
    .update(String(await page.evaluate(makeUp)))
  try {
    await writeFile(join(folder, hash.digest('hex')), '', { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function expectAccessible(page: Page): Promise<void> {
  // Through the debugging protocol, so the page's content security policy stays as it is.
  await page.evaluate(axeScript)
  const result = (await page.evaluate(
    `axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      resultTypes: ['violations'],
      preload: false,
    })`,
  )) as AxeResult
  const found = result.violations.map((violation) => {
    const places = violation.nodes.map(
      (node) => `    ${node.target.join(' ')}\n      ${node.failureSummary ?? ''}`,
    )
    return `${violation.id} (${violation.impact ?? 'unknown'}): ${violation.help}\n${places.join('\n')}`
  })
  if (found.length) throw new Error(`${page.url()} is not accessible:\n${found.join('\n')}`)
}
