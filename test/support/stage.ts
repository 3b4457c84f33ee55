import type { Browser } from 'playwright-core'
import type { Portal } from '../claims/access/portal'
import { createTestApp, type TestApp } from './app'
import { openBrowser } from './browser'
import { openSite, type Site } from './site'

/** Both surfaces on addresses of their own, and a browser to walk between them. */
export interface Stage {
  site: Site
  desk: Site
  staff: TestApp
  browser: Browser
  close(): Promise<void>
}

/** Opens what a browser walks through, over a portal that the caller opened and this closes too. */
export async function openStage(
  portal: Pick<Portal, 'app' | 'database' | 'keys' | 'close'>,
): Promise<Stage> {
  const { database, keys } = portal
  const staff = createTestApp({ surface: 'staff', database, keys })
  const [site, desk, browser] = await Promise.all([
    openSite(portal.app),
    openSite(staff.app),
    openBrowser(),
  ])
  return {
    site,
    desk,
    staff,
    browser,
    async close() {
      await browser.close()
      site.close()
      desk.close()
      await portal.close()
    },
  }
}
