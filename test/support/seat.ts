import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import type { Agent } from './app'
import { walks } from './browser'
import { expectGoodPage } from './good-page'

/** A person before the screen: a browser in which they are let in, and when pictures are wanted one without scripts. */
export interface Seat {
  origin: string
  pages: Page[]
  cookies: Parameters<BrowserContext['addCookies']>[0]
}

const languages = walks('en', 'ko')
const scripts = walks(true, false)

/** Where the cookies of somebody who files or has claims open are sent to. */
const under = (slugs: string[]) => [
  '/claims/mine',
  ...slugs.flatMap((slug) => [`/matters/${slug}/file/carried`, `/matters/${slug}/filed`]),
]

/** Takes over the session of `agent`, in whose name a test brought things about, for a browser. */
export async function takeSeat(
  browser: Browser,
  origin: string,
  agent: Agent | null,
  slugs: string[] = [],
): Promise<Seat> {
  const pages = await Promise.all(
    scripts.map(async (javaScriptEnabled) => {
      const context = await browser.newContext({
        javaScriptEnabled,
        viewport: { width: 390, height: 900 },
      })
      return context.newPage()
    }),
  )
  const cookies = under(slugs).flatMap((path) => {
    const asked = { domain: '127.0.0.1', path, secure: false, script: false }
    return agent ? agent.jar.getCookies(asked as never) : []
  })
  return {
    origin,
    pages,
    cookies: cookies.map(({ name, value, path }) => ({ name, value, path, domain: '127.0.0.1' })),
  }
}

/**
 * Looks at an address, or at what its form answers: in every language, with scripts and without, when pictures
 * are wanted, and else once. `press` is the button, `fill` what is done before.
 */
export async function expectSeen(
  { origin, pages, cookies }: Seat,
  path: string,
  press?: string,
  fill?: (page: Page) => Promise<unknown>,
): Promise<void> {
  for (const lang of languages) {
    for (const page of pages) {
      // Each of them begins from the same state.
      await page.context().addCookies(cookies)
      await page.goto(`${origin}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`)
      // Not led away from it.
      expect(new URL(page.url()).pathname).toBe(path.split('?')[0])
      await fill?.(page)
      if (press) await pressed(page.locator(press).first())
      await expectGoodPage(page)
    }
  }
}

async function pressed(button: Locator): Promise<void> {
  const page = button.page()
  const answered = page.waitForResponse((answer) => answer.request().method() === 'POST')
  await button.click()
  await answered
  await page.waitForLoadState()
}
