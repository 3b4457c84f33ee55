import { screenClaim } from '../../server/claims/screen-claim'
import { sendMail } from '../../server/mail/send-mail'
import { sweepMails } from '../../server/mail/sweep-mails'
import { queueMail } from '../../server/mail/queue-mail'
import type { KeptReceipt } from '../../server/ledger/receipts/kept-receipt'
import { mailTemplates } from '../../server/mail/templates'
import { readTexts } from '../../server/web/languages'
import { openCopy } from '../../server/vault/claimant-copies'
import { digestToken, verificationSecrets } from '../../server/vault/verification-secrets'
import { showMoment } from '../../server/web/show-moment'
import { testKeys } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileDirectly, type FiledClaim } from '../support/filed-claim'
import { openMailbox, type Mailbox } from '../support/mailbox'
import { loadTestMatters } from '../support/test-matters'
import { workerDeps, type TestWorkerDeps } from '../support/worker'

let database: TestDatabase
let mailbox: Mailbox
let worker: TestWorkerDeps
const keys = testKeys()
const start = new Date('2026-02-01T05:03:00Z')
let now = start
let person = 0

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  mailbox = await openMailbox()
  worker = workerDeps({ database, keys, mailbox, clock: { now: () => now } })
})
afterAll(async () => {
  await worker.close()
  await mailbox.close()
  await database.drop()
})
beforeEach(() => {
  now = start
  mailbox.mails.length = 0
  mailbox.answerTo(() => undefined)
})

const db = () => database.db.superuser
const mailOf = (claim: FiledClaim) => db()('mails').where({ claim_id: claim.id }).first()
const newAddress = () => `person${++person}@example.com`

async function screened(options: Parameters<typeof fileDirectly>[2] = {}): Promise<FiledClaim> {
  const claim = await fileDirectly(database, keys, {
    at: now,
    ...options,
    answers: { email: newAddress(), ...options.answers },
  })
  await screenClaim(worker.deps, claim.id, 'test')
  return claim
}

async function sendAll(claim: FiledClaim): Promise<void> {
  for (const { id } of await db()('mails').where({ claim_id: claim.id }).orderBy('created_at')) {
    await sendMail(worker.deps, id)
  }
}

test.each(['ko', 'en'] as const)('the mail that asks to confirm, in %s', async (language) => {
  const claim = await screened({ language, answers: { email: 'Minjun@example.com' } })
  await sendAll(claim)
  expect(mailbox.mails).toHaveLength(1)
  const [mail] = mailbox.mails
  const { text, html, subject, parsed } = mail!
  const verification = await db()('verifications').where({ claim_id: claim.id }).first()

  expect(mail!.to).toBe('Minjun@example.com')
  expect(subject).toBe(
    language === 'ko'
      ? `[Joinder] 신청을 확인해 주세요 (접수번호 ${claim.number})`
      : `[Joinder] Please confirm your claim ${claim.number}`,
  )
  const token = /http:\/\/localhost:3000\/claims\/confirm\/([\w-]{43})\s/.exec(text)?.[1] ?? ''
  expect(digestToken(token)).toEqual(verification.token_hash)
  const code = /^ +(\d{6})$/m.exec(text)?.[1] ?? ''
  expect({ token, code }).toEqual(verificationSecrets(keys.TOKEN_KEY)(verification.id))
  expect(text).toContain(language === 'ko' ? '시험 유출 공동소송' : 'Test breach joint suit')
  const receipt = /http:\/\/localhost:3000\/receipts\/([\w-]{43})\s/.exec(text)?.[1] ?? ''
  expect(html).toContain(`href="http://localhost:3000/receipts/${receipt}"`)
  expect(text).toContain(language === 'ko' ? '언제 신청하셨는지 보여 주는 증거' : 'It proves when')
  const kept = (await openCopy(database.db.public, 'receipt', receipt)) as KeptReceipt
  expect(JSON.parse(kept.core.private)).toMatchObject({ number: claim.number, claim: claim.id })
  const until = showMoment(new Date('2026-02-04T05:03:00Z'), language, 'Asia/Seoul')
  expect(text).toContain(until)
  expect(html).toContain(`href="http://localhost:3000/claims/confirm/${token}"`)
  expect(html).toContain(`>${code}<`)
  // Nothing that loads, nothing that follows: a mail that does not look like a scam.
  expect(html).not.toMatch(/<img|<script|<link|<iframe|url\(/i)
  const hosts = [...`${html} ${text}`.matchAll(/https?:\/\/([^/\s"<]+)/g)].map(([, host]) => host)
  expect([...new Set(hosts)]).toEqual(['localhost:3000'])
  // The address is not confirmed yet: a stranger who gets this learns no name.
  expect(html + text).not.toMatch(/민준|1985|1234/)
  expect(parsed.headers.get('auto-submitted')).toBe('auto-generated')
  expect(parsed.attachments).toEqual([])
  expect(await mailOf(claim)).toMatchObject({ state: 'sent', attempts: 1, sent_at: now })
  expect(mail!.messageId).toBe(`<${(await mailOf(claim)).id}@localhost>`)
})

test('a job that runs twice, also at once, sends one mail', async () => {
  const claim = await screened()
  const { id } = await mailOf(claim)
  await Promise.all([1, 2, 3].map(() => sendMail(worker.deps, id)))
  await sendMail(worker.deps, id)
  expect(mailbox.mails).toHaveLength(1)
})

test('a confirmed earlier claim of the same person is named instead of a link', async () => {
  const answers = { email: newAddress() }
  const first = await screened({ answers })
  await db()('claims').where({ id: first.id }).update({ state: 'verified', verified_at: now })
  const second = await screened({ answers: { ...answers, full_name: '김 민준' } })
  await sendAll(second)
  const mail = mailbox.mails[0]!
  expect(mail.subject).toContain(first.number)
  expect(mail.text).toContain('이미 확인된 신청이 있습니다')
  expect(mail.text).not.toContain('/claims/confirm')
  expect(await db()('verifications').where({ claim_id: second.id })).toEqual([])
  expect(await db()('claims').where({ id: second.id }).first()).toMatchObject({
    duplicate_of: first.id,
    state: 'unverified',
  })
})

test('an unconfirmed earlier claim is mentioned, and the new one gets its link', async () => {
  const answers = { email: newAddress() }
  const first = await screened({ answers })
  now = new Date(start.getTime() + 60_000)
  const second = await screened({ answers })
  await sendAll(second)
  expect(mailbox.mails[0]!.text).toContain(`접수번호 ${first.number})도 아직 확인되지 않았습니다`)
  expect(mailbox.mails[0]!.text).toContain('/claims/confirm/')
})

test('families share an address and a phone and are not duplicates', async () => {
  const email = newAddress()
  const mother = await screened({ answers: { email } })
  const child = await screened({
    answers: { email, full_name: '김서연', born: '2010-05-05' },
  })
  const sameName = await screened({ answers: { email, born: '2012-01-01' } })
  await sendAll(child)
  expect(mailbox.mails[0]!.text).not.toContain(mother.number)
  const rows = await db()('claims').whereIn('id', [mother.id, child.id, sameName.id])
  expect(rows.map((row) => row.duplicate_of)).toEqual([null, null, null])
})

test('screening twice at once changes everything once', async () => {
  const claim = await fileDirectly(database, keys, {
    at: now,
    answers: { email: newAddress() },
  })
  await Promise.all([1, 2, 3].map((run) => screenClaim(worker.deps, claim.id, `run ${run}`)))
  await screenClaim(worker.deps, claim.id, 'again')
  const where = { claim_id: claim.id }
  expect(await db()('mails').where(where)).toHaveLength(1)
  expect(await db()('verifications').where(where)).toHaveLength(1)
  expect(await db()('blind_indexes').where(where)).toHaveLength(3)
  expect(await db()('wrapped_keys').where(where).first('wrapped_by')).toEqual({
    wrapped_by: 'vault',
  })
  const kinds = db()('ledger_private as p').join('ledger_entries as e', 'e.id', 'p.entry_id')
  expect(await kinds.where({ claim_id: claim.id, kind: 'claim.screened' })).toHaveLength(1)
})

test('a refusal for good is a bounce, with an entry and no address in the log', async () => {
  const claim = await screened({ answers: { email: 'nobody@example.com' } })
  mailbox.answerTo((address) => (address === 'nobody@example.com' ? 550 : undefined))
  await sendAll(claim)
  expect(await mailOf(claim)).toMatchObject({ state: 'bounced', smtp_code: 550, attempts: 1 })
  const entries = await db()('ledger_private as p')
    .join('ledger_entries as e', 'e.id', 'p.entry_id')
    .where({ claim_id: claim.id, kind: 'claim.mail_bounced' })
  expect(entries).toHaveLength(1)
  expect(worker.logged.join('')).not.toMatch(/nobody|@example/)
  now = new Date(now.getTime() + 24 * 3600_000)
  await sweepMails(worker.deps)
  expect((await mailOf(claim)).state).toBe('bounced')
})

test('the claim says whether its newest mail came back, until one goes out', async () => {
  const claim = await screened({ answers: { email: 'came.back@example.com' } })
  const bouncedAt = async () => (await db()('claims').where({ id: claim.id }).first()).bounced_at
  const again = (mailId: string) =>
    db()('mails').where({ id: mailId }).update({ state: 'queued', next_attempt_at: null })
  mailbox.answerTo((address) => (address === 'came.back@example.com' ? 550 : undefined))
  await sendAll(claim)
  expect(await bouncedAt()).toEqual(now)
  const { id: older } = await mailOf(claim)

  mailbox.answerTo(() => undefined)
  await again(older)
  await sendMail(worker.deps, older)
  expect(await bouncedAt()).toBeNull()

  // What an older mail meets later says nothing of the newer one.
  const newer = await db().transaction((tx) =>
    queueMail(tx, {
      template: 'claim-accepted',
      claimId: claim.id,
      language: 'ko',
      at: new Date(now.getTime() + 1000),
    }),
  )
  mailbox.answerTo(() => 550)
  await again(older)
  await sendMail(worker.deps, older)
  expect(await bouncedAt()).toBeNull()
  await db()('claims').where({ id: claim.id }).update({ state: 'accepted' })
  await sendMail(worker.deps, newer)
  expect(await bouncedAt()).toEqual(now)
})

test('a refusal for now is tried again, later each time, with the same Message-ID, and then given up', async () => {
  const claim = await screened({ answers: { email: 'later@example.com' } })
  mailbox.answerTo(() => 451)
  await sendAll(claim)
  const deferred = await mailOf(claim)
  expect(deferred).toMatchObject({ state: 'deferred', smtp_code: 451 })
  expect(deferred.next_attempt_at.getTime() - now.getTime()).toBe(30_000)

  // Not due yet: neither the sweeper nor a repeated job tries it.
  await sweepMails(worker.deps)
  await sendMail(worker.deps, deferred.id)
  expect(await mailOf(claim)).toMatchObject({ state: 'deferred', attempts: 1 })

  now = new Date(now.getTime() + 30_000)
  await sweepMails(worker.deps)
  expect((await mailOf(claim)).state).toBe('queued')
  await sendMail(worker.deps, deferred.id)
  const again = await mailOf(claim)
  expect(again).toMatchObject({ state: 'deferred', attempts: 2 })
  expect(again.next_attempt_at.getTime() - now.getTime()).toBe(60_000)

  mailbox.answerTo(() => undefined)
  now = again.next_attempt_at
  await sweepMails(worker.deps)
  await sendMail(worker.deps, deferred.id)
  expect(mailbox.mails[0]!.messageId).toBe(`<${deferred.id}@localhost>`)
  expect(await mailOf(claim)).toMatchObject({ state: 'sent', attempts: 3, next_attempt_at: null })

  const hopeless = await screened()
  mailbox.answerTo(() => 451)
  await db()('mails').where({ claim_id: hopeless.id }).update({ attempts: 15 })
  await sendAll(hopeless)
  expect((await mailOf(hopeless)).state).toBe('failed')
})

test('a mail server that cannot be reached defers', async () => {
  const closed = await openMailbox()
  const away = workerDeps({ database, keys, mailbox: closed, clock: { now: () => now } })
  await closed.close()
  const claim = await screened()
  await sendMail(away.deps, (await mailOf(claim)).id)
  expect(await mailOf(claim)).toMatchObject({ state: 'deferred', smtp_code: null })
  await away.close()
})

test('a queued mail whose job was lost is queued again, once per interval', async () => {
  const claim = await screened()
  const { id } = await mailOf(claim)
  const waiting = () =>
    db()('outbox').where({ job: 'send-mail' }).whereRaw(`payload->>'mailId' = ?`, [id])
  expect(await waiting()).toHaveLength(1)
  await sweepMails(worker.deps)
  expect(await waiting()).toHaveLength(1)
  now = new Date(now.getTime() + 180_000)
  await sweepMails(worker.deps)
  await sweepMails(worker.deps)
  expect(await waiting()).toHaveLength(2)
})

test('a mail that lost its sense is dropped, not sent', async () => {
  const claim = await screened()
  await db()('claims').where({ id: claim.id }).update({ state: 'verified', verified_at: now })
  await sendAll(claim)
  expect(mailbox.mails).toEqual([])
  expect((await mailOf(claim)).state).toBe('dropped')
})

test('decisions, in both languages, with the reason in words', async () => {
  for (const language of ['ko', 'en'] as const) {
    const claim = await screened({ language })
    await db()('mails').where({ claim_id: claim.id }).delete()
    const decide = async (state: string, reason: string | null) => {
      await db()('claims').where({ id: claim.id }).update({ state, decision_reason: reason })
      await database.db.worker.transaction((tx) =>
        queueMail(tx, {
          template: state === 'accepted' ? 'claim-accepted' : 'claim-rejected',
          claimId: claim.id,
          language,
          at: now,
        }),
      )
      await sendAll(claim)
      return mailbox.mails.at(-1)!
    }
    const rejected = await decide('rejected', 'not_identified')
    expect(rejected.text).toContain(
      language === 'ko'
        ? '신청하신 분이 누구인지 확인하지 못했습니다.'
        : 'We could not establish who filed the claim.',
    )
    // Whom to ask is somebody who is there: nothing is promised that nobody does.
    for (const part of [rejected.text, rejected.html]) {
      expect(part).toContain(language === 'ko' ? '시험법무법인' : 'Test Firm')
      expect(part).toContain('counsel@example.com')
    }
    const accepted = await decide('accepted', null)
    expect(accepted.text).toContain(claim.number)
    expect(accepted.html).toContain(claim.number)
  }
})

test('an invitation carries the token whose hash is kept, to the staff surface', async () => {
  const personId = crypto.randomUUID()
  const invitationId = crypto.randomUUID()
  await db()('people').insert({
    id: personId,
    email: 'mod@example.com',
    name: '박지우',
    role: 'moderator',
    language: 'en',
    state: 'invited',
    created_at: now,
  })
  await db()('invitations').insert({
    id: invitationId,
    person_id: personId,
    created_at: now,
    expires_at: new Date(now.getTime() + 72 * 3600_000),
  })
  const mailId = await database.db.staff.transaction(async (tx) => {
    await tx.raw(`select set_config('joinder.actor', ?, true)`, [personId])
    return queueMail(tx, {
      template: 'invitation',
      personId,
      subjectId: invitationId,
      language: 'en',
      at: now,
    })
  })
  await sendMail(worker.deps, mailId)
  const mail = await mailbox.waitFor(({ to }) => to === 'mod@example.com')
  const token = /http:\/\/localhost:3001\/invitation\/([\w-]{43})\s/.exec(mail.text)?.[1] ?? ''
  const invitation = await db()('invitations').where({ id: invitationId }).first()
  expect(digestToken(token)).toEqual(invitation.token_hash)
  expect(mail.text).toContain('You are invited as a moderator.')
})

test('every template has its words and views in both languages', () => {
  const texts = readTexts()
  for (const language of ['ko', 'en']) {
    type Words = { subject?: string; subject_other?: string }
    const mail = texts[language]!['mail'] as Record<string, Words>
    for (const template of Object.keys(mailTemplates)) {
      const subject = mail[template]?.subject ?? mail[template]?.subject_other
      expect([language, template, typeof subject]).toEqual([language, template, 'string'])
    }
  }
})
