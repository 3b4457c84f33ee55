import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { appendFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Page } from 'playwright-core'
import { expectKeyboard } from './keyboard'

interface AxeResult {
  violations: {
    id: string
    impact: string | null
    help: string
    nodes: { target: unknown[]; failureSummary?: string }[]
  }[]
}

const axeScript = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/** Folder for pictures. Where it is given, every page is looked at in every width and by the keyboard as well. */
const pictures = process.env['PICTURES']

/** Widths in px: a phone and a desk; and that desk at four times its size (WCAG 2.2, 1.4.10), which only has to fit. */
const widths = [390, 1280]
const narrowest = 320

/**
 * Fails when the page scrolls sideways, or breaks WCAG 2.2 A or AA: with what is wrong, where, and how
 * to mend it; `axe: false` leaves the second out, as it is for a browser that runs no scripts. A click returns as
 * soon as the next page has begun, so this first waits until that page is there. When pictures are wanted, it is
 * looked at in all widths and worked by the keyboard too; its language is the walk's.
 */
export async function expectGoodPage(page: Page, { axe = true } = {}): Promise<void> {
  await page.waitForLoadState()
  const own = page.viewportSize()!
  const scripts = (await page.evaluate(runsScripts)) as boolean
  await expectErrors(page)
  if (!pictures) return look(page, axe && scripts, scripts)
  await page.setViewportSize({ ...own, width: narrowest })
  await expectFits(page)
  for (const width of widths) {
    await page.setViewportSize({ ...own, width })
    await noteSeen(pictures, page, scripts)
    await look(page, axe && scripts, scripts)
  }
  await page.setViewportSize(own)
}

async function look(page: Page, axe: boolean, scripts: boolean): Promise<void> {
  await expectFits(page)
  // Without scripts it is the same page, as narrow as it gets.
  if (!scripts || !(await isNew(page))) return
  if (pictures) await takePicture(page, pictures)
  if (axe) await expectAccessible(page)
  if (pictures) await expectKeyboard(page)
}

/** In the page: what its errors lead to that it does not show, and what they name before what stands above it. */
const wrongErrors = `(() => {
  const links = [...document.querySelectorAll('.govuk-error-summary a')]
  const fields = links.map(({ hash }) => document.getElementById(decodeURIComponent(hash.slice(1))))
  const hidden = links.filter((_, at) => !fields[at]?.checkVisibility()).map(({ hash }) => 'not shown: ' + hash)
  const early = links.filter((_, at) => at > 0 && fields[at - 1] && fields[at] &&
    fields[at - 1].compareDocumentPosition(fields[at]) & Node.DOCUMENT_POSITION_PRECEDING)
  const called = links.length > 0 && !/^(Error|오류):/.test(document.title) ? ['called ' + document.title] : []
  return [...called, ...hidden, ...early.map(({ hash }) => 'out of order: ' + hash)]
})()`

/** A page that gives a form back says so in its title, and its errors lead to its fields in their order. */
async function expectErrors(page: Page): Promise<void> {
  const wrong = (await page.evaluate(wrongErrors)) as string[]
  if (wrong.length > 0) throw new Error(`${page.url()} has errors\n${wrong.join('\n')}`)
}

/** Every page has something to say to a browser without scripts, which alone makes elements of it. */
const runsScripts = `document.querySelector('noscript > *') === null`

async function expectFits(page: Page): Promise<void> {
  const tooWide = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
  if (tooWide !== 0) throw new Error(`${page.url()} is ${String(tooWide)} px wider than its window`)
}

/** The page's address without what differs from run to run, for names and to tell the same page again. */
const placeOf = (page: Page) => new URL(page.url()).pathname.replaceAll(/[^/]*\d[^/]*/g, '#')

const stateOf = async (page: Page) =>
  (await page.locator('.govuk-error-summary').count()) > 0 ? 'error' : 'page'

async function lookOf(page: Page, scripts: boolean): Promise<string> {
  const lang = await page.getAttribute('html', 'lang')
  return `${lang}-${page.viewportSize()!.width}${scripts ? '' : '-bare'}`
}

/** A line in the list of what was seen, which seen-pages.ts reads. */
async function noteSeen(folder: string, page: Page, scripts: boolean): Promise<void> {
  const surface = (await page.locator('body.page--staff').count()) > 0 ? 'staff' : 'public'
  const file = basename(expect.getState().testPath ?? '')
  const line = [surface, placeOf(page), await stateOf(page), await lookOf(page, scripts), file]
  await appendFile(join(folder, 'seen.txt'), `${line.join(' ')}\n`)
}

/** The whole page as PNG, named by where it is and how it is looked at. */
async function takePicture(page: Page, folder: string): Promise<void> {
  const made = createHash('sha256').update(String(await page.evaluate(makeUp)))
  const place = placeOf(page).replaceAll(/[^\w#]+/g, '_')
  const look = await lookOf(page, true)
  const name = `${place}-${await stateOf(page)}-${look}-${made.digest('hex').slice(0, 6)}`
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
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
  const hash = createHash('sha256')
    .update(placeOf(page))
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
