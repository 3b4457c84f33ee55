import { createHash } from 'node:crypto'
import type { BrowserContext, Page } from 'playwright-core'
import { findMatter } from '../../server/matters/list-matters'
import type { Matter } from '../../server/matters/matter-file'
import { openSignedPortal, type SignedPortal } from '../authority/signed-portal'
import { linkIn } from '../claims/access/portal'
import { act } from '../moderation/desk'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { postForm, type Agent } from '../support/app'
import { complaintsOf, walkMs } from '../support/browser'
import { signInBrowser } from '../support/browser-sign-in'
import { completeDraft } from '../support/complete-draft'
import { expectGoodPage } from '../support/good-page'
import { expectKeyboard } from '../support/keyboard'
import { plantDraft } from '../support/plant-draft'
import { expectErrorPages } from '../support/error-pages'
import { behindForms } from '../support/behind-forms'
import { addressesOf, isPage, noteAddresses, patternOf, type Surface } from '../support/seen-pages'
import { openStage, type Stage } from '../support/stage'
import { until } from '../support/until'
import { expectSameWithoutScripts } from '../support/without-scripts'

jest.setTimeout(walkMs)

/**
 * Every page of both surfaces, found as people find them: by following links, from the first page, from the mails
 * and from each role's own start, where there is one of everything to be seen. Each is looked at in one language
 * and width of the four, in turns; with PICTURES in all four. A page that no link leads to is named below,
 * with the reason, or the test fails.
 */
let portal: SignedPortal
let stage: Stage
let accounts: Record<'administrator' | 'moderator' | 'counsel', TestAccount>
const email = 'seoyeon@example.com'

beforeAll(async () => {
  portal = await openSignedPortal()
  stage = await openStage(portal)
  accounts = await oneOfEverything()
  const all = { public: addressesOn('public'), staff: addressesOn('staff') }
  const folder = process.env['PICTURES']
  if (folder) noteAddresses(folder, { all, shownBy: behindForms })
})
afterAll(() => stage?.close())

/** Claims in several states, and a question, a delivery, news and whatever else has a page of its own. */
async function oneOfEverything() {
  const { database } = portal
  const { superuser } = database.db
  const firm = await superuser('matters').where({ slug: 'test-signed' }).first('id', 'firm_id')
  const person = (role: 'administrator' | 'moderator' | 'counsel', name: string) =>
    makeAccount(database, { role, name, firmId: role === 'counsel' ? firm.firm_id : null })
  const made = {
    administrator: await person('administrator', '남궁관리'),
    moderator: await person('moderator', '정민호'),
    counsel: await person('counsel', '박변호'),
  }
  const [administrator, moderator, counsel] = await Promise.all(
    Object.values(made).map((account) => signIn(stage.staff, account)),
  )
  const ask = (agent: Agent, path: string, fields: object, from: string) =>
    postForm(agent, path, fields as Record<string, unknown>, { from })

  const number = await portal.fileConfirmed({ email, name: '김서연' })
  await portal.rendered(number)
  const delivered = await portal.fileConfirmed({ email: 'delivered@example.com' })
  await superuser('claims')
    .where({ number: delivered })
    .update({ state: 'accepted', decided_at: new Date() })
  const own = await portal.letIn(email)
  const base = `/claims/mine/${number}`
  await ask(own, `${base}/messages`, { text: '언제쯤 결과가 나오나요?' }, base)
  await ask(own, `${base}/data/erasure`, { sure: 'yes' }, `${base}/data`)

  const missing = await portal.claim({ email: 'missing@example.com' })
  await act(moderator!, missing, 'review')
  await act(moderator!, missing, 'decision', {
    decision: 'deficient',
    items: ['answer:harm', 'answer:story'],
    due: new Date(Date.now() + 21 * 86_400_000).toISOString().slice(0, 10),
    note: '',
  })
  await ask(
    administrator!,
    '/people',
    { name: '새사람', email: 'new@example.com', role: 'moderator', language: 'ko' },
    '/people',
  )
  const texts = { title_ko: '첫 변론', title_en: 'A hearing', text_ko: '가', text_en: 'A' }
  await ask(counsel!, '/news', { id: crypto.randomUUID(), matter: firm.id, ...texts }, '/news/new')
  const batches = await counsel!.get('/batches').set('Accept', 'text/html')
  const request = /name="request" value="([^"]+)"/.exec(batches.text)?.[1]
  await ask(counsel!, '/batches', { matter: firm.id, request }, '/batches')
  await until('the delivery is there', async () => {
    const row = await superuser('batches').where({ id: request! }).first('state')
    return row?.state === 'complete'
  })
  await portal.mailbox.waitFor(({ text }) => text.includes('/tasks/'))
  await portal.mailbox.waitFor(({ text }) => text.includes('/invitation/'))
  // A claim that waits for its confirmation, for the pages that its link opens.
  await portal.fileSigned({ email: 'waiting@example.com' })
  return made
}

const looks = [
  ['ko', 390],
  ['en', 1280],
  ['en', 390],
  ['ko', 1280],
] as const
const thorough = process.env['PICTURES'] !== undefined

interface Crawl {
  surface: Surface
  /** who walks, for the names of pictures */
  as: string
  origin: string
  /** the patterns of pages that it came to */
  seen: Set<string>
  /** one path of each page */
  visited: string[]
}

const addressesOn = (surface: Surface) =>
  addressesOf(surface === 'staff' ? stage.staff.app : portal.site.app)

/** What is wrong anywhere, so that one run tells all of it. */
const faults: string[] = []
const check = (looked: Promise<void>) =>
  looked.catch((error: Error) => void faults.push(error.message))

/** Looks at the page, and gives the paths that it links to. */
async function visit(
  { page, bare }: Record<'page' | 'bare', Page>,
  crawl: Crawl,
  path: string,
  pattern: string,
): Promise<string[]> {
  const turn = createHash('sha256')
    .update(crawl.as + pattern)
    .digest()[0]!
  // When pictures are wanted, every page that is looked at is looked at in all widths.
  const wanted = thorough ? looks.slice(0, 2) : [looks[turn % looks.length]!]
  for (const [lang, width] of wanted) {
    const address = `${crawl.origin}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`
    await page.setViewportSize({ width, height: 900 })
    const answer = await page.goto(address)
    const shown = patternOf(addressesOn(crawl.surface), new URL(page.url()).pathname)
    if (shown !== null) crawl.seen.add(shown)
    if ((answer?.status() ?? 0) >= 500) throw new Error(`${path} answered ${answer!.status()}`)
    expect([path, await page.getAttribute('html', 'lang')]).toEqual([path, lang])
    const text = (await page.locator('body').innerText()).replaceAll(/\S+@\S+/g, '')
    const broken = /\b[a-z]\w*:[a-z]\w*\.\w+|\bundefined\b|\[object|\bNaN\b/.exec(text)
    expect([path, broken?.[0]]).toEqual([path, undefined])
    await check(expectGoodPage(page))
    if (!thorough) {
      await check(expectKeyboard(page))
      // As wide as a page of 1280 px at four times its size.
      await page.setViewportSize({ width: 320, height: 800 })
      await check(expectGoodPage(page, { axe: false }))
    }
    await bare.setViewportSize({ width, height: 900 })
    await check(expectSameWithoutScripts(page, bare))
  }
  const links = (await page.evaluate(
    `[...document.querySelectorAll('a[href]')].map((link) => link.href)`,
  )) as string[]
  return links
    .filter((href) => href.startsWith(`${crawl.origin}/`))
    .map((href) => new URL(href))
    .map(({ pathname, search }) => pathname + search)
}

const asked = new Set<string>()

/** Follows links, one page for each route. */
async function crawl(
  context: BrowserContext,
  about: Omit<Crawl, 'seen' | 'visited'>,
  starts: string[],
) {
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const withoutScripts = await stage.browser.newContext({ javaScriptEnabled: false })
  const bare = await withoutScripts.newPage()
  const complaints = complaintsOf(page)
  const walk: Crawl = { ...about, seen: new Set(), visited: [] }
  const addresses = addressesOn(walk.surface)
  const queue = [...starts]
  while (queue.length > 0) {
    const path = queue.shift()!
    const pathname = path.split('?')[0]!
    const pattern = patternOf(addresses, pathname)
    if (pattern === null) throw new Error(`a link leads nowhere: ${path}`)
    const step = pattern === '/matters/:slug/file/:step' ? pathname : pattern
    // What looks the same for everybody is looked at once.
    const everybodys = !thorough && !/^\/(claims|matters\/:slug\/file)/.test(pattern)
    const key = `${everybodys ? about.surface : about.as} ${step}`
    if (asked.has(key) || !isPage(pattern)) continue
    asked.add(key)
    walk.visited.push(path)
    queue.push(...(await visit({ page, bare }, walk, path, pattern)))
  }
  expect(complaints).toEqual([])
  expect(faults.splice(0)).toEqual([])
  await page.close()
  await withoutScripts.close()
  return walk
}

const unvisited = (surface: Surface, walks: Crawl[]) => {
  const behind = Object.values(behindForms[surface]).flat()
  const seen = new Set([...behind, ...walks.flatMap((walk) => [...walk.seen])])
  return addressesOn(surface).filter((path) => isPage(path) && !seen.has(path))
}

/** Forms that are not sent empty: a script says what is missing, and sends nothing (documents.test.ts). */
const notSentEmpty = [/\/documents$/]

/** By language and address: the same form stands on several pages, and before several people. */
const sentEmpty = new Set<string>()

/** With pictures, at the end: what every form says to whoever sends it empty. */
async function sendEmptyForms(context: BrowserContext, { origin, visited }: Crawl) {
  const page = await context.newPage()
  await page.setViewportSize({ width: 390, height: 900 })
  for (const path of thorough ? visited : []) {
    for (const lang of ['ko', 'en']) {
      const address = `${origin}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`
      const leave = (action: string) => {
        const form = `${lang} ${origin}${action.replaceAll(/[^/]*\d[^/]*/g, '#')}`
        const known = sentEmpty.has(form) || notSentEmpty.some((one) => one.test(action))
        sentEmpty.add(form)
        return known
      }
      faults.push(...(await expectErrorPages(page, address, leave)))
    }
  }
  await page.close()
}

test('every page that a claimant can come to', async () => {
  const context = await stage.browser.newContext()
  const about = { surface: 'public', origin: stage.site.url } as const
  const mailed = portal.mailbox.mails.flatMap(({ text }) =>
    [...text.matchAll(/(\/(?:claims|tasks|reminders|receipts|guardian)\/\S*[\w-]{43})/g)].map(
      ([path]) => path,
    ),
  )
  // Nobody's yet: first visits, and what mails lead to.
  const starts = ['/', '/claims/confirm', '/claims/code', ...mailed]
  const first = await crawl(context, { ...about, as: 'claimant' }, starts)

  const matter = (await findMatter(portal.database.db.public, 'test-signed'))!
  await fillDraft(context, matter)
  const steps = [
    '/matters/test-signed/file',
    '/matters/test-signed/file/sign',
    '/matters/test-signed/file/review',
  ]
  const filing = await crawl(context, { ...about, as: 'filing' }, steps)

  const page = await context.newPage()
  await page.goto(`${stage.site.url}/claims`)
  await page.locator('#email').fill(email)
  await page.locator('main button[type=submit]').click()
  const before = portal.mailbox.mails.length
  const mail = await portal.mailbox.waitFor(
    (one) =>
      one.to === email &&
      one.text.includes('/claims/open/') &&
      portal.mailbox.mails.indexOf(one) >= before - 1,
  )
  await page.goto(stage.site.url + linkIn(mail).link)
  await page.locator('main button[type=submit]').click()
  await page.locator('a[href^="/claims/mine/"]').first().waitFor()
  await page.close()
  const own = await crawl(context, { ...about, as: 'own' }, ['/claims/mine'])
  expect(unvisited('public', [first, filing, own])).toEqual([])

  await sendEmptyForms(context, filing)
  await sendEmptyForms(context, own)
  await sendEmptyForms(await stage.browser.newContext(), first)
  expect(faults.splice(0)).toEqual([])
  await context.close()
})

test('every page of the staff surface', async () => {
  const invited = await portal.mailbox.waitFor(({ text }) => text.includes('/invitation/'))
  const about = { surface: 'staff', origin: stage.desk.url } as const
  const starts = ['/sign-in', /\/invitation\/\S+/.exec(invited.text)![0]]
  const stranger = await stage.browser.newContext()
  const walks = [await crawl(stranger, { ...about, as: 'stranger' }, starts)]
  const signedIn = async (account: TestAccount) => {
    const context = await stage.browser.newContext()
    const page = await context.newPage()
    await signInBrowser(page, stage.desk.url, stage.staff, account)
    await page.close()
    return context
  }
  for (const [role, account] of Object.entries(accounts)) {
    const context = await signedIn(account)
    walks.push(await crawl(context, { ...about, as: role }, ['/', '/account', '/dev/codes']))
    await context.close()
  }
  expect(unvisited('staff', walks)).toEqual([])

  await sendEmptyForms(stranger, walks[0]!)
  await stranger.close()
  for (const [at, account] of Object.values(accounts).entries()) {
    if (!thorough) break
    // Anew, or what wants a fresh second factor would ask for it.
    const context = await signedIn(account)
    await sendEmptyForms(context, walks[at + 1]!)
    await context.close()
  }
  expect(faults.splice(0)).toEqual([])
})

/** Gives the browser a draft with everything filled in. */
async function fillDraft(context: BrowserContext, matter: Matter) {
  const jar: string[] = []
  const agent = { jar: { setCookie: (cookie: string) => void jar.push(cookie) } }
  await plantDraft(portal.database, agent as never, matter, completeDraft(matter, new Date()))
  const value = /draft=([^;]+)/.exec(jar[0]!)![1]!
  await context.addCookies([
    { name: 'draft', value, domain: '127.0.0.1', path: `/matters/${matter.slug}` },
  ])
}
