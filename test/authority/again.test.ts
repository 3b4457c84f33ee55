import { askForPapers } from '../../server/authority/ask-for-papers'
import { askToSign } from '../../server/authority/ask-to-sign'
import { createSealer } from '../../server/vault/sealer'
import { post } from '../support/filing'
import { loadTestMatters, signedMatter, testDocuments, testMatter } from '../support/test-matters'
import { readPdf } from '../support/pdf'
import { until } from '../support/until'
import { minorForm } from './minor-form'
import { confirmed, openSignedPortal, signOn, type SignedPortal } from './signed-portal'

let portal: SignedPortal
beforeAll(async () => {
  portal = await openSignedPortal()
})
afterAll(() => portal.close())

const both = (ko: string, en: string) => ({ ko, en })
const minors = '/matters/test-minors/file'

async function keyOf(number: string): Promise<string> {
  const row = await portal.database.db.superuser('claim_authority').where({ number }).first('key')
  return row.key
}
/** A signature under no document that there is. */
const nothingSigned = (text: string) => ({
  signed: {
    shown: 'x',
    signature: { kind: 'typed' as const, text },
    at: new Date().toISOString(),
    language: 'ko' as const,
    address: '',
    device: '',
  },
  place: null,
  consents: [],
})

/** What is missing of a claim; the claim's own row says the same. */
async function lacks(number: string): Promise<string[]> {
  const { superuser } = portal.database.db
  const claim = await superuser('claims').where({ number }).first('id', 'incomplete')
  const open = { claim_id: claim.id, met_at: null, cancelled_at: null }
  const refs = await superuser('needs').where(open).pluck('ref')
  expect(claim.incomplete).toBe(refs.length > 0)
  return refs
}
const mailTo = async (address: string, inside: RegExp) => {
  const { text } = await portal.mailbox.waitFor(
    (mail) => mail.to === address && inside.test(mail.text),
  )
  return { path: inside.exec(text)![0], code: /^ +(\d{6})$/m.exec(text)?.[1] }
}

test('a changed document is signed again in one’s own page, and counts once its own fresh code is typed under it', async () => {
  const email = 'again@example.com'
  const number = await portal.fileConfirmed({ email })
  await portal.rendered(number)
  const before = await keyOf(number)
  expect(before).toMatch(/power_of_attorney@1$/)
  const newer = {
    ...testDocuments[0],
    version: 2,
    text: both('새 위임장 {{name}}', 'New {{name}}'),
  }
  await loadTestMatters(portal.database.db.migrator, [
    testMatter(),
    signedMatter({ documents: [newer, testDocuments[1]] }),
  ])
  const agent = await portal.letIn(email)
  const claim = `/claims/mine/${number}`
  expect((await agent.get(claim)).text).toContain(`href="${claim}/sign"`)

  const mails = portal.mailbox.mails.length
  const sent = await signOn(agent, `${claim}/sign`)
  expect(sent.status).toBe(303)
  await until('the signature is taken and shown', async () => {
    const { body } = await agent.get((sent.headers['location'] as string).replace('?', '/ready?'))
    return (body as { done: boolean }).done
  })
  // Nothing counts before its confirmation; the earlier pack is untouched.
  expect(await keyOf(number)).toBe(before)
  // Until it is signed for what is asked today, that is what the claim lacks.
  await askForPapers(portal.worker.deps)
  expect(await lacks(number)).toEqual(['papers'])
  const mail = await portal.mailbox.waitFor(
    (one) =>
      portal.mailbox.mails.indexOf(one) >= mails && one.to === email && /^ +\d{6}$/m.test(one.text),
  )
  const code = /^ +(\d{6})$/m.exec(mail.text)![1]!
  const page = await agent.get(`${claim}/papers`)
  expect(page.text).toContain('새 위임장 김민준')
  await confirmed(await post(agent, `${claim}/papers/code`, { code }, `${claim}/papers`), agent)
  expect(await keyOf(number)).toMatch(/power_of_attorney@2$/)
  await portal.rendered(number, 2)
  await until('nothing is missing', async () => (await lacks(number)).length === 0)
})

test('a signature from a browser in which the claim is not open counts for nothing', async () => {
  const number = await portal.fileConfirmed({ email: 'victim@example.com', name: '정다은' })
  const agent = await portal.letIn('again@example.com')
  const { superuser } = portal.database.db
  const { id: victim } = await superuser('claims').where({ number }).first('id')
  const own = (await superuser('claims').whereNot({ id: victim }).first('number')).number
  // A public surface that was taken over names another claim than that of the cookie.
  const answer = await signOn(agent, `/claims/mine/${own}/sign`)
  expect(answer.status).toBe(303)
  const { db, clock, config } = portal.site.deps
  const id = await askToSign({ db, clock, sealer: createSealer(config.keys) }, 'own', victim, {
    ...nothingSigned('정다은'),
    secret: 'A'.repeat(43),
  })
  await until('the worker has looked', async () => {
    const row = await superuser('signing_requests').where({ id }).first('outcome', 'box')
    return row.outcome === 'refused' && row.box === null
  })
  expect(await superuser('authority_packs').where({ claim_id: victim })).toHaveLength(1)
  // Nor does a dot, here as when filing.
  const dot = { width: 600, height: 200, strokes: [[10, 10]] }
  const signature = { signature: '', signature_drawn: JSON.stringify(dot) }
  const short = await signOn(agent, `/claims/mine/${own}/sign`, signature)
  expect([short.status, short.text.includes('서명으로 보기에는 너무 짧습니다')]).toEqual([
    422,
    true,
  ])
})

test('another firm is another consent: nothing goes there before it is given with the new papers', async () => {
  const email = 'firm@example.com'
  const number = await portal.fileConfirmed({ email, name: '한지우' })
  await portal.rendered(number)
  const { superuser } = portal.database.db
  const matter = await superuser('matters').where({ slug: 'test-signed' }).first()
  const firm = await superuser('firms').where({ slug: 'hanbit-narae' }).first()
  await superuser('matters').where({ id: matter.id }).update({ firm_id: firm.id })
  const agent = await portal.letIn(email)
  const path = `/claims/mine/${number}/sign`
  const fields = { signature: '한지우' }
  const refused = await signOn(agent, path, fields)
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('consent_provision')
  expect((await signOn(agent, path, { ...fields, consent_provision: 'yes' })).status).toBe(303)
  await until('the consent is kept', async () => {
    const claim = await superuser('claims').where({ number }).first('firm_id')
    return claim.firm_id === firm.id
  })
  await superuser('matters').where({ id: matter.id }).update({ firm_id: matter.firm_id })
})

test('who is not of age signs with a guardian, who gets a link of their own, and only then it is complete', async () => {
  await loadTestMatters(portal.database.db.migrator, [
    testMatter(),
    signedMatter({ slug: 'test-minors', form: minorForm() }),
  ])
  const child = 'child@example.com'
  const parent = 'parent@example.com'
  const changes = {
    eligibility: { adult: 'no' },
    'about-you': { born: '2013-05-05', guardian: '이보호', guardian_mail: parent },
  }
  const number = await portal.fileConfirmed({ email: child, name: '김어린', base: minors, changes })
  const { path: first } = await mailTo(parent, /\/guardian\/[A-Za-z0-9_-]{43}/)
  expect(await keyOf(number)).toBe('')
  expect(await lacks(number)).toEqual(['guardian'])

  // Nobody opened it for two weeks: the child has it sent again.
  const childs = await portal.letIn(child)
  const papers = `/claims/mine/${number}/papers`
  expect((await childs.get(papers)).text).not.toContain(`${papers}/guardian`)
  await portal.database.db.superuser('guardian_links').update({ expires_at: new Date(0) })
  expect((await childs.get(papers)).text).toContain(`${papers}/guardian`)
  const asked = await post(childs, `${papers}/guardian`, {}, papers)
  expect(asked.headers['location']).toBe(`${papers}?asked`)
  const again = await portal.mailbox.waitFor(
    (mail) => mail.to === parent && mail.text.includes('/guardian/') && !mail.text.includes(first),
  )
  const path = /\/guardian\/[A-Za-z0-9_-]{43}/.exec(again.text)![0]
  expect((await portal.site.agent().get(first)).status).toBe(410)
  const agent = portal.site.agent()
  const page = await agent.get(path)
  for (const shown of ['김어린', '동의 collection', '동의 provision', '시험 위임장']) {
    expect(page.text).toContain(shown)
  }
  expect((await signOn(agent, path, { signature: '이보호' })).status).toBe(422)
  const consents = { consent_collection: 'yes', consent_provision: 'yes' }
  expect((await signOn(agent, path, { signature: '김어린', ...consents })).status).toBe(422)
  // What the worker turns away is said under the same link.
  const { db, clock, config } = portal.site.deps
  const claim = await portal.database.db.superuser('claims').where({ number }).first('id')
  const asking = { db, clock, sealer: createSealer(config.keys) }
  const turnedAway = await askToSign(asking, 'guardian', claim.id, {
    ...nothingSigned('이보호'),
    secret: path.slice('/guardian/'.length),
  })
  await until('the worker has turned it away', async () =>
    (await agent.get(`${path}?sent=${turnedAway}`)).text.includes('서명을 받지 못했습니다'),
  )
  const sent = await signOn(agent, path, { signature: '이보호', ...consents })
  expect(sent.status).toBe(303)
  await until('the guardian has signed', async () => (await keyOf(number)) !== '')
  expect(await lacks(number)).toEqual([])
  await portal.rendered(number, 2)
  expect((await agent.get(path)).text).toContain('동의와 서명을 마쳤습니다')
  await until('both papers say how their signer was identified', async () => {
    const links = [...(await childs.get(papers)).text.matchAll(/href="([^"]+paper\.pdf[^"]*)"/g)]
    if (links.length < 2) return false
    const texts = await Promise.all(
      links.map(async ([, href]) => {
        const { body } = await childs.get(href!.replaceAll('&amp;', '&')).buffer(true)
        return readPdf(body as Buffer).text.replace(/\s/g, '')
      }),
    )
    const theirs = texts.filter((text) => text.includes(parent))
    expect(theirs).toHaveLength(1)
    expect(theirs[0]).toContain('링크에서읽고서명함')
    expect(theirs[0]).not.toContain('다시보고확인함')
    return true
  })
  const packs = await portal.database.db
    .superuser('authority_packs as p')
    .join('claims as c', 'c.id', 'p.claim_id')
    .where('c.number', number)
    .select('p.signer', 'p.confirmed_how')
  expect(new Set(packs.map(({ signer }) => signer))).toEqual(new Set(['claimant', 'guardian']))
})

test('a birth date that does not fit the answer about age is refused, and so is one mailbox for both', async () => {
  const agent = portal.site.agent()
  const steps = {
    full_name: '김어린',
    email: 'one@example.com',
    phone: '010 1234 5678',
    home_country: 'KR',
    home_postcode: '05510',
    home_line1: '서울특별시 송파구 송파대로 570',
    guardian: '이보호',
    guardian_mail: 'one@example.com',
  }
  await post(agent, `${minors}/eligibility`, { member: 'yes', adult: 'no' })
  const older = await post(agent, `${minors}/about-you`, { ...steps, born: '1985-03-04' })
  expect([older.status, older.text.includes('만 19세가 지나셨습니다')]).toEqual([422, true])
  expect(older.text).toContain('본인의 이메일과 다른 주소')
  await post(agent, `${minors}/eligibility`, { member: 'yes', adult: 'yes' })
  const younger = await post(agent, `${minors}/about-you`, { ...steps, born: '2013-05-05' })
  expect(younger.status).toBe(422)
})
