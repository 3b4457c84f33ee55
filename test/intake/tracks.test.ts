import type { Agent } from '../support/app'
import { postForm } from '../support/app'
import { completeDraft } from '../support/complete-draft'
import { dumpOf, findTraces } from '../support/dump'
import { numberOn, post } from '../support/filing'
import { plantDraft } from '../support/plant-draft'
import { sampleLetter } from '../support/sample-letters'
import { until } from '../support/until'
import { openPortal, type Portal } from '../claims/access/portal'
import { translator } from '../../server/web/languages'
import { stepNames } from '../../server/intake/filing-steps'
import { mailTemplates, type MailTemplate } from '../../server/mail/templates'
import { findMatter } from '../../server/matters/list-matters'
import { besideEachOther } from '../../server/matters/tracks'
import { readMatterFiles } from '../../server/matters/read-matter-files'
import { loadMatters } from '../../server/matters/load-matters'

/** From one case of an incident to the others, with the shipped cases of the Coupang breach. */
let portal: Portal
beforeAll(async () => {
  portal = await openPortal()
  await loadMatters(portal.database.db.migrator, readMatterFiles())
})
afterAll(() => portal.close())

const suit = 'coupang-2025-kr'
const mediation = 'coupang-2025-kr-mediation'
const abroad = 'coupang-2025-us'
const matterOf = async (slug: string) => (await findMatter(portal.database.db.public, slug))!

async function fileSuit(agent: Agent, email: string): Promise<string> {
  const matter = await matterOf(suit)
  const answered = { email, story: '표시된 피해 이야기', affected_as: 'former_member' }
  await plantDraft(portal.database, agent, matter, completeDraft(matter, new Date(), answered))
  const answer = await post(
    agent,
    `/matters/${suit}/file/submit`,
    {},
    `/matters/${suit}/file/review`,
  )
  expect(answer.headers['location']).toBe(`/matters/${suit}/filed`)
  return numberOn((await agent.get(`/matters/${suit}/filed`)).text)
}

const carried = (slug: string) => `/matters/${slug}/file/carried`

test('after filing the other cases of the incident begin with the answers they share, and with no consent and no signature', async () => {
  const agent = portal.site.agent()
  const first = await fileSuit(agent, 'suit@example.com')
  const filed = await agent.get(`/matters/${suit}/filed`)
  for (const slug of [mediation, 'coupang-2025-us', 'coupang-2025-us-securities']) {
    expect(filed.text).toContain(`/matters/${suit}/filed/other/${slug}`)
  }
  expect(filed.text).not.toContain('/filed/other/kt-2025-kr')
  const answer = await post(
    agent,
    `/matters/${suit}/filed/other/${mediation}`,
    {},
    `/matters/${suit}/filed`,
  )
  expect(answer.headers['location']).toBe(carried(mediation))

  // Looked at, as often as anybody likes: nothing is begun by that.
  await agent.get(carried(mediation))
  const page = await agent.get(carried(mediation)).set('Accept', 'text/html')
  expect(page.text).toContain('소송과 조정은 서로 영향을 줍니다')
  for (const shared of ['김민준', 'suit@example.com', '표시된 피해 이야기', first]) {
    expect(page.text).toContain(shared)
  }
  // The mediation asks for no address.
  expect(page.text).not.toContain('송파대로')
  const untouched = await agent.get(`/matters/${mediation}/file`)
  expect(untouched.headers['location']).toBe(`/matters/${mediation}/file/eligibility`)

  const began = await post(agent, carried(mediation), {})
  expect(began.headers['location']).toBe(`/matters/${mediation}/file/eligibility`)
  const step = await agent.get(`/matters/${mediation}/file/eligibility`)
  expect(step.text).toContain(`접수번호 ${first} 신청에서 옮겨 온 답변`)
  expect(step.text).toMatch(/value="former_member"[^>]*checked/)
  // Each step is seen, and nothing further on is open before that.
  for (const later of ['consents', 'review']) {
    const early = await agent.get(`/matters/${mediation}/file/${later}`)
    expect(early.headers['location']).toBe(`/matters/${mediation}/file/eligibility`)
  }
  await walk(agent, mediation, 'eligibility', { affected_as: 'member', adult: 'yes' })
  await walk(agent, mediation, 'about-you', {
    name: '김민준',
    birth_date: '1985-03-04',
    phone: '010 1234 5678',
    email: 'suit@example.com',
  })
  await walk(agent, mediation, 'what-happened', { notice: 'email', harm: ['leak_only'] })
  const consents = await agent.get(`/matters/${mediation}/file/consents`)
  expect(consents.status).toBe(200)
  expect(consents.text).not.toMatch(/name="consent_[a-z_]+"[^>]*checked/)
  expect(consents.text).not.toMatch(/name="signature"[^>]*value="[^"]+"/)

  const given = Object.fromEntries(
    (await matterOf(mediation)).content.consents
      .filter(({ required }) => required)
      .map(({ id }) => [`consent_${id}`, 'yes']),
  )
  await walk(agent, mediation, 'consents', { ...given, signature: '김민준' })
  const base = `/matters/${mediation}/file`
  const sent = await post(agent, `${base}/submit`, {}, `${base}/review`)
  const second = numberOn((await agent.get(sent.headers['location'] as string)).text)
  expect(second).not.toBe(first)
  await portal.mailbox.waitFor(({ subject }) => subject.includes(second))
  const claims = await portal.database.db.superuser('claims').whereIn('number', [first, second])
  expect(claims).toHaveLength(2)
  const entries = await portal.database.db
    .superuser('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where('e.kind', 'claim.filed')
    .whereIn(
      'p.claim_id',
      claims.map(({ id }) => id),
    )
  expect(entries).toHaveLength(2)
  // What was begun, carried and filed: none of it can be read.
  const dump = await dumpOf(portal.database)
  expect(findTraces(dump, ['표시된 피해 이야기', 'suit@example.com', '김민준'])).toEqual([])
})

async function walk(agent: Agent, slug: string, step: string, fields: Record<string, unknown>) {
  const answer = await post(agent, `/matters/${slug}/file/${step}`, fields)
  expect([step, answer.status]).toEqual([step, 303])
}

test('a form that was begun in the other case is named before it gives way', async () => {
  const agent = portal.site.agent()
  await fileSuit(agent, 'beside@example.com')
  await walk(agent, abroad, 'eligibility', { affected_as: 'recipient', adult: 'yes' })
  const before = await agent.get(`/matters/${abroad}/file/eligibility`)
  expect(before.text).toMatch(/value="recipient"[^>]*checked/)
  const from = `/matters/${suit}/filed`
  await post(agent, `${from}/other/${abroad}`, {}, from)
  const page = await agent.get(carried(abroad)).set('Accept', 'text/html')
  expect(page.text).toContain('이 브라우저에서는 쓰시던 신청서를 더 열 수 없습니다')
  expect((await post(agent, carried(abroad), {})).status).toBe(409)
  const kept = await agent.get(`/matters/${abroad}/file/eligibility`)
  expect(kept.text).toMatch(/value="recipient"[^>]*checked/)
  expect((await post(agent, carried(abroad), { instead: 'yes' })).status).toBe(303)
  // There nobody is a former member: that is left to be answered.
  const now = await agent.get(`/matters/${abroad}/file/eligibility`)
  expect(now.text).toMatch(/value="yes"[^>]*checked/)
  expect(now.text).not.toMatch(/value="recipient"[^>]*checked/)
})

test('from one’s own page the answers are brought to the browser on the record, and go on from there', async () => {
  const filing = portal.site.agent()
  const number = await fileSuit(filing, 'own@example.com')
  const { text } = await portal.mailbox.waitFor(
    (mail) => mail.text.includes('/claims/confirm/') && mail.subject.includes(number),
  )
  const link = /\/claims\/confirm\/[A-Za-z0-9_-]{43}/.exec(text)![0]
  await post(portal.site.agent(), link, {})
  const agent = portal.site.agent()
  const mailed = await portal.ask(agent, 'own@example.com')
  await post(agent, mailed.link, {})
  await portal.answered(agent)
  const own = `/claims/mine/${number}/next`
  const page = await agent.get(own).set('Accept', 'text/html')
  expect(page.text).not.toContain(`${own}/other/`)
  const asked = await postForm(agent, `${own}/show`, {}, { from: own })
  await until('the answers are there', async () => {
    const { body } = await agent.get(`${asked.headers['location']}/ready`)
    return (body as { done: boolean }).done
  })
  const shown = await agent.get(asked.headers['location'] as string)
  expect(shown.headers['location']).toBe(own)
  const answer = await postForm(agent, `${own}/other/coupang-2025-us`, {}, { from: own })
  expect(answer.headers['location']).toBe(carried('coupang-2025-us'))
  const begun = await agent.get(carried('coupang-2025-us')).set('Accept', 'text/html')
  expect(begun.text).toContain('own@example.com')
  expect(begun.text).toContain('같은 손해를 두 번 배상받을 수 없습니다')
  // Those of the suit who left or are members mean nothing there.
  expect(begun.text).not.toContain('탈퇴한 회원')
  expect((await post(agent, carried('coupang-2025-us'), {})).status).toBe(303)
  const opened = await portal.database.db
    .superuser('opening_claims as o')
    .join('claims as c', 'c.id', 'o.claim_id')
    .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
    .where('c.number', number)
    .whereLike('p.private', '%own_change%')
  expect(opened).toHaveLength(1)
  // Nobody else has it open.
  const stranger = await portal.site.agent().get(own)
  expect(stranger.status).toBe(303)
})

test('of two cases that exclude each other the page warns, and asks before it goes on', async () => {
  const { db } = portal.database
  const files = readMatterFiles()
  const rival = { ...files.matters.find(({ slug }) => slug === suit)!, slug: 'coupang-2025-kr-two' }
  await loadMatters(db.migrator, {
    ...files,
    matters: [...files.matters, { ...rival, firm: 'sae-naru' }],
  })
  const [one, two] = [await matterOf(suit), await matterOf('coupang-2025-kr-two')]
  expect(besideEachOther(one, two)).toBe('same_kind')
  const same = { ...two.content, proceeding: 'seoul-2026' }
  expect(
    besideEachOther(
      { ...one, content: { ...one.content, proceeding: 'seoul-2026' } },
      { ...two, firm: one.firm, content: same },
    ),
  ).toBe('same_proceeding')
  const agent = portal.site.agent()
  await fileSuit(agent, 'twice@example.com')
  const from = `/matters/${suit}/filed`
  await post(agent, `${from}/other/${two.slug}`, {}, from)
  const unread = await post(agent, carried(two.slug), {})
  expect(unread.status).toBe(422)
  expect(unread.text).toContain('같은 손해로 같은 절차를 두 번 밟을 수 없습니다')
  expect((await post(agent, carried(two.slug), { known: 'yes' })).status).toBe(303)
})

test.each([
  ['coupang-2025-us', 'registration', 'en'],
  ['coupang-2025-us-opt-out', 'opt_out', 'en'],
  ['coupang-2025-us-objection', 'objection', 'ko'],
] as const)(
  '%s: no page and no mail says that a claim was filed (%s, %s)',
  async (slug, filed, lang) => {
    const files = readMatterFiles()
    const words = { ko: '법원의 명령', en: 'An order of the court' }
    const at = '2099-01-01T00:00'
    const timeZone = 'America/New_York' as const
    const set = { id: 'set', label: words, at, timeZone, source: words, closesFiling: true }
    const open = files.matters.map((one) =>
      one.kind === 'objection' ? { ...one, deadlines: [set] } : one,
    )
    await loadMatters(portal.database.db.migrator, { ...files, matters: open })
    const matter = await matterOf(slug)
    const agent = portal.site.agent()
    const email = `${filed}@example.com`
    await plantDraft(portal.database, agent, matter, completeDraft(matter, new Date(), { email }))
    const seen: Record<string, string> = {}
    const see = async (path: string, as = path) => {
      const page = await agent.get(path).set({ Accept: 'text/html', 'Accept-Language': lang })
      expect([path, page.status]).toEqual([path, 200])
      return (seen[as] = page.text)
    }
    const base = `/matters/${slug}`
    for (const name of stepNames(matter)) await see(`${base}/file/${name}`)
    for (const path of ['', '/file']) await see(base + path)
    await post(agent, `${base}/file/submit?lang=${lang}`, {}, `${base}/file/review`)
    const number = numberOn(await see(`${base}/filed`))
    for (const path of ['/file', '/filed/receipt', '/filed/code']) await see(base + path)
    // Whoever leaves the class is not led back into it, and is paid nothing there that could be paid twice.
    expect(seen[`${base}/filed`]!.includes(`/filed/other/${abroad}"`)).toBe(filed === 'objection')
    const twice = translator(lang)('tracks:beside.two_countries.short')
    expect(seen[`${base}/filed`]!.includes(twice)).toBe(filed !== 'opt_out')

    const mail = await portal.mailbox.waitFor(
      ({ subject, text }) => subject.includes(number) && text.includes('/claims/confirm/'),
    )
    const link = /\/claims\/confirm\/[\w-]{43}/.exec(mail.text)![0]
    await see(link)
    await post(agent, link, {})
    const claims = () => portal.database.db.superuser('claims').where({ number })
    await until('it is confirmed', async () => (await claims().first()).state === 'verified')
    await see(link, 'confirmed')
    const own = portal.site.agent()
    await post(own, (await portal.ask(own, email)).link, {})
    await portal.answered(own)
    const look = async (path: string, as: string) => {
      const page = await own.get(path).set({ Accept: 'text/html', 'Accept-Language': lang })
      expect([path, page.status]).toEqual([path, 200])
      seen[as] = page.text
    }
    await look('/claims/mine', 'list')
    const mine = `/claims/mine/${number}`
    const more = 'receipt withdraw consents answers data documents messages papers email next'
    for (const name of more.split(' ')) await look(`${mine}/${name}`, name)
    for (const state of [
      'verified',
      'in_review',
      'accepted',
      'rejected',
      'deficient',
      'duplicate',
    ]) {
      await claims().update({ state })
      await look(mine, state)
    }
    for (const template of Object.keys(mailTemplates) as MailTemplate[]) {
      // A child files in a joint suit.
      if (mailTemplates[template].to === 'person' || template === 'guardian-sign') continue
      const letter = await sampleLetter(template, lang, {}, { context: filed })
      seen[`${template} (text)`] = `${letter.subject} ${letter.text}`
      seen[template] = letter.html
    }

    // Names of things stay, and what the files say of claims elsewhere and later.
    const names = {
      en: /\bclaim number\b|\bnot a claim\b|\bclaim payment\b|\ba claim in the Korean suit\b/gi,
      ko: /이의 신청|제외 신청|내 신청|실제 신청을|내신 신청 \d건|가족의 신청/g,
    }[lang]
    const claim = {
      en: /.{0,60}\bclaim\b(?!-).{0,60}/i,
      ko: /.{0,40}(?<![가-힣])신청(을|이|은)? (?!때).{0,40}/,
    }
    const wrong = Object.entries(seen).flatMap(([name, html]) => {
      const text = html
        .replace(/<pre[^]*?<\/pre>|<[^>]+>/g, ' ')
        .replaceAll('&#39;', '’')
        .replace(/\s+/g, ' ')
      const found = claim[lang].exec(text.replace(names, ''))
      return found ? [`${name}: ${found[0]}`] : []
    })
    expect(wrong).toEqual([])
  },
)
