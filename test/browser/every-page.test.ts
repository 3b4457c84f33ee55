import { createHash } from 'node:crypto'
import type { BrowserContext, Page } from 'playwright-core'
import { findMatter } from '../../server/matters/list-matters'
import type { Matter } from '../../server/matters/matter-file'
import { declarationsOf } from '../../server/web/declared-routes'
import { openSignedPortal, type SignedPortal } from '../authority/signed-portal'
import { linkIn } from '../claims/access/portal'
import { act } from '../moderation/desk'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { postForm, type Agent } from '../support/app'
import { complaintsOf } from '../support/browser'
import { signInBrowser } from '../support/browser-sign-in'
import { completeDraft } from '../support/complete-draft'
import { expectGoodPage } from '../support/good-page'
import { expectKeyboard } from '../support/keyboard'
import { plantDraft } from '../support/plant-draft'
import { openStage, type Stage } from '../support/stage'
import { until } from '../support/until'
import { expectSameWithoutScripts } from '../support/without-scripts'

/**
 * Every page of both surfaces, found as people find them: by following links, from the first page, from the mails
 * and from each role's own start, where there is one of everything to be seen. Each is looked at in one language
 * and width of the four, in turns; with PICTURES in all four. A page that no link leads to is named below,
 * with the reason, or the test fails.
 */
jest.setTimeout(600_000)

let portal: SignedPortal
let stage: Stage
let accounts: Record<'administrator' | 'moderator' | 'counsel', TestAccount>
const email = 'seoyeon@example.com'

beforeAll(async () => {
  portal = await openSignedPortal()
  stage = await openStage(portal)
  accounts = await oneOfEverything()
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

interface Crawl {
  surface: 'public' | 'staff'
  /** who walks, for the names of pictures */
  as: string
  origin: string
  seen: Set<string>
}

/** The pattern of the route that answers a path, or null where none of the surface does. */
function patternOf(app: Crawl['surface'], path: string): string | null {
  const { app: express } = app === 'staff' ? stage.staff : portal.site
  const found = declarationsOf(express).find(({ method, path: pattern }) => {
    const source = pattern
      .replaceAll(/\{[^}]*\}/g, '')
      .replaceAll(/[.]/g, '\\.')
      .replaceAll(/[:*]\w+/g, '[^/]+')
    return method === 'get' && new RegExp(`^${source}$`).test(path)
  })
  return found?.path ?? null
}

const isFile = (pattern: string) =>
  /\.(pdf|json|txt)$|\/(ready|progress|checkpoint|file|index|original|healthz|readyz)$|\/tile\/|\/view\//.test(
    pattern,
  )

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
  const wanted = process.env['PICTURES'] ? looks : [looks[turn % looks.length]!]
  for (const [lang, width] of wanted) {
    const address = `${crawl.origin}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`
    await page.setViewportSize({ width, height: 900 })
    const answer = await page.goto(address)
    const shown = patternOf(crawl.surface, new URL(page.url()).pathname)
    if (shown !== null) crawl.seen.add(shown)
    if ((answer?.status() ?? 0) >= 500) throw new Error(`${path} answered ${answer!.status()}`)
    expect([path, await page.getAttribute('html', 'lang')]).toEqual([path, lang])
    const text = (await page.locator('body').innerText()).replaceAll(/\S+@\S+/g, '')
    const broken = /\b[a-z]\w*:[a-z]\w*\.\w+|\bundefined\b|\[object|\bNaN\b/.exec(text)
    expect([path, broken?.[0]]).toEqual([path, undefined])
    await check(expectGoodPage(page))
    await check(expectKeyboard(page))
    // As wide as a page of 1280 px at four times its size.
    await page.setViewportSize({ width: 320, height: 800 })
    await check(expectGoodPage(page, { axe: false }))
    await bare.context().addCookies(await page.context().cookies())
    await bare.setViewportSize({ width, height: 900 })
    await bare.goto(address)
    await check(expectGoodPage(bare, { axe: false }))
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
async function crawl(context: BrowserContext, about: Omit<Crawl, 'seen'>, starts: string[]) {
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const withoutScripts = await stage.browser.newContext({ javaScriptEnabled: false })
  const bare = await withoutScripts.newPage()
  const complaints = complaintsOf(page)
  const walk: Crawl = { ...about, seen: new Set() }
  const queue = [...starts]
  while (queue.length > 0) {
    const path = queue.shift()!
    const pathname = path.split('?')[0]!
    const pattern = patternOf(walk.surface, pathname)
    if (pattern === null) throw new Error(`a link leads nowhere: ${path}`)
    const step = pattern === '/matters/:slug/file/:step' ? pathname : pattern
    // What looks the same for everybody is looked at once.
    const everybodys = !process.env['PICTURES'] && !/^\/(claims|matters\/:slug\/file)/.test(pattern)
    const key = `${everybodys ? about.surface : about.as} ${step}`
    if (asked.has(key) || isFile(pattern)) continue
    asked.add(key)
    queue.push(...(await visit({ page, bare }, walk, path, pattern)))
  }
  expect(complaints).toEqual([])
  expect(faults.splice(0)).toEqual([])
  await page.close()
  await withoutScripts.close()
  return walk.seen
}

/**
 * What no link of these walks leads to. Pages that only a form, a state or a code leads to are looked at where a
 * test brings them about; addresses that answer a form lead back when they are asked for again.
 */
const behindForms: Record<Crawl['surface'], string[]> = {
  public: [
    // filing.test.ts, continue.test.ts, receipt.test.ts, signing.test.ts
    '/matters/:slug/file/continue/revoke',
    '/matters/:slug/file/continue/:secret',
    '/matters/:slug/file/not-eligible',
    // tracks.test.ts, households.test.ts, notices.test.ts
    '/matters/:slug/file/carried',
    '/matters/:slug/file/hand-over',
    '/matters/:slug/file/handed-over',
    '/matters/:slug/notice',
    '/matters/:slug/notice/use',
    '/matters/:slug/filed/other/:other',
    '/matters/:slug/filed/member',
    '/claims/mine/:number/next/show',
    '/claims/mine/:number/next/other/:other',
    '/claims/mine/:number/next/member',
    '/matters/:slug/filed',
    '/matters/:slug/filed/email',
    '/matters/:slug/filed/new-link',
    '/matters/:slug/filed/code',
    '/matters/:slug/filed/receipt',
    '/claims/confirm/link-sent',
    // access.test.ts
    '/claims/asked',
    '/claims/code',
    // email-change.test.ts
    '/claims/email',
    '/claims/email/answers/:id',
    '/claims/email/:token',
    // changes.test.ts
    '/claims/mine/:number/answers/show',
    '/claims/mine/:number/changes/:change',
    '/claims/mine/:number/appeal',
    '/claims/mine/:number/data/copy',
    '/claims/mine/:number/data/erasure',
    '/claims/copy/:token',
    // completion.test.ts, documents.test.ts
    '/claims/mine/:number/needs/:need',
    '/tasks/:token/new-link',
    '/tasks/:token/document',
    '/reminders/:token',
    '/reminders/:token/resume',
    // signing.test.ts, papers.test.ts
    '/claims/mine/:number/papers/code',
    '/claims/mine/:number/papers/guardian',
    '/claims/mine/:number/sign',
    '/guardian/:token',
  ],
  staff: [
    // Leads to each role's own start.
    '/',
    // accounts.test.ts, passkeys.test.ts
    '/sign-in/code',
    '/sign-in/set-up',
    '/account/recovery-codes',
    // moderation.test.ts, completion.test.ts, mails.test.ts, documents.test.ts
    '/claims/:id/open',
    '/claims/:id/review',
    '/claims/:id/decision',
    '/claims/:id/mails/:mail/resend',
    '/claims/:id/needs/:need/withdraw',
    '/claims/:id/documents/:document/destroy',
    '/mails/:mail/resend',
    // messages.test.ts
    '/messages/:claim/open',
    '/messages/:claim/answer',
    '/messages/:claim/close',
    '/news/preview',
    '/news/edit',
    '/news/:id/withdraw',
    // email-change.test.ts
    '/email-changes/:id',
    '/email-changes/:id/open',
    '/email-changes/:id/decision',
    // batches.test.ts, signing.test.ts, data-requests.test.ts
    '/batches/:id/reissue',
    '/authority/:matter/sample',
    '/authority/:matter/papers/:claim',
    '/authority/:matter/samples/:id',
    '/erasures/:id/answer',
    // search.test.ts, alerts.test.ts, oversight.test.ts, approvals.test.ts
    '/search/:id',
    '/search/:id/reason',
    '/oversight/alerts/:id/acknowledge',
    '/oversight/openings/export',
    '/oversight/reviews/:month',
    '/oversight/leaks/:id',
    '/oversight/leaks/:id/export',
    '/approvals/:id',
    '/approvals/:id/decision',
    '/approvals/:id/withdrawal',
  ],
}

const unvisited = (surface: Crawl['surface'], seen: Set<string>) => {
  const { app } = surface === 'staff' ? stage.staff : portal.site
  return declarationsOf(app)
    .filter(({ method, path }) => method === 'get' && !isFile(path) && !seen.has(path))
    .filter(({ path }) => !behindForms[surface].includes(path))
    .map(({ path }) => path)
}

test('every page that a claimant can come to', async () => {
  const context = await stage.browser.newContext()
  const about = { surface: 'public', as: 'claimant', origin: stage.site.url } as const
  const mailed = portal.mailbox.mails.flatMap(({ text }) =>
    [...text.matchAll(/(\/(?:claims|tasks|reminders|receipts|guardian)\/\S*[\w-]{43})/g)].map(
      ([path]) => path,
    ),
  )
  // Nobody's yet: first visits, and what mails lead to.
  const seen = await crawl(context, about, ['/', '/claims/confirm', '/claims/code', ...mailed])

  const matter = (await findMatter(portal.database.db.public, 'test-signed'))!
  await fillDraft(context, matter)
  const steps = [
    '/matters/test-signed/file',
    '/matters/test-signed/file/sign',
    '/matters/test-signed/file/review',
  ]
  for (const path of await crawl(context, { ...about, as: 'filing' }, steps)) seen.add(path)

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
  for (const path of await crawl(context, { ...about, as: 'own' }, ['/claims/mine'])) seen.add(path)
  expect(unvisited('public', seen)).toEqual([])
  await context.close()
})

test('every page of the staff surface', async () => {
  const seen = new Set<string>()
  const invited = await portal.mailbox.waitFor(({ text }) => text.includes('/invitation/'))
  const stranger = await stage.browser.newContext()
  const about = { surface: 'staff', origin: stage.desk.url } as const
  const starts = ['/sign-in', /\/invitation\/\S+/.exec(invited.text)![0]]
  for (const path of await crawl(stranger, { ...about, as: 'stranger' }, starts)) seen.add(path)
  await stranger.close()
  for (const [role, account] of Object.entries(accounts)) {
    const context = await stage.browser.newContext()
    const page = await context.newPage()
    await signInBrowser(page, stage.desk.url, stage.staff, account)
    await page.close()
    const found = await crawl(context, { ...about, as: role }, ['/', '/account', '/dev/codes'])
    for (const path of found) seen.add(path)
    await context.close()
  }
  expect(unvisited('staff', seen)).toEqual([])
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
