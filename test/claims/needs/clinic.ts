import { createCatalogue, runJob } from '../../../jobs/catalogue'
import { giveLink } from '../../../server/claims/give-confirmation'
import { dayIn } from '../../../server/matters/forms/date'
import type { JobName } from '../../../server/outbox/intents'
import { createSealer } from '../../../server/vault/sealer'
import { makeAccount, signIn } from '../../support/account'
import { createTestApp, testKeys, type Agent, type TestApp } from '../../support/app'
import { createTestDatabase, type TestDatabase } from '../../support/database'
import { fileDirectly, type FiledClaim } from '../../support/filed-claim'
import { openMailbox, type Mailbox, type ReceivedMail } from '../../support/mailbox'
import { loadTestMatters, testMatter } from '../../support/test-matters'
import { workerDeps, type TestWorkerDeps } from '../../support/worker'
import { act } from '../../moderation/desk'

const dayMs = 24 * 3600_000
const both = (ko: string, en: string) => ({ ko, en })

/** What the test case asks for by itself: an answer before delivery, and a document if there is one. */
export const rules = [
  { kind: 'answer', ref: 'story', level: 'required' },
  {
    kind: 'document',
    ref: 'notice',
    level: 'wished',
    label: both('유출 통지', 'The leak notice'),
  },
  {
    kind: 'document',
    ref: 'receipts',
    level: 'required',
    label: both('영수증', 'Receipts'),
    when: { question: 'harm', is: ['money'] },
  },
]

export interface Clinic {
  database: TestDatabase
  mailbox: Mailbox
  worker: TestWorkerDeps
  site: TestApp
  keys: ReturnType<typeof testKeys>
  moderator: { id: string; agent: Agent }
  now(): Date
  /** Moves the clock of all three processes. */
  pass(days: number): void
  /** A day so far ahead, as the moderator's form takes it. */
  day(days: number): string
  /** Does everything that waits in the outbox, as the worker would. */
  work(): Promise<void>
  claim(options?: {
    email?: string
    language?: 'ko' | 'en'
    confirmed?: boolean
    answers?: Record<string, string | string[]>
  }): Promise<FiledClaim>
  /** Brings a confirmed claim into review, read by the moderator. */
  review(claim: FiledClaim): Promise<void>
  /** A claim that was asked for these things, and the links of the mail about it. */
  deficient(
    options?: Parameters<Clinic['claim']>[0] & { items?: string[] },
  ): Promise<FiledClaim & { links: string[]; mail: ReceivedMail }>
  row(claim: FiledClaim): Promise<Record<string, unknown>>
  kinds(claim: FiledClaim): Promise<string[]>
  close(): Promise<void>
}

/** Both surfaces, the jobs and a mail server on one database and one clock that a test moves. */
export async function openClinic({ needs = rules }: { needs?: unknown[] } = {}): Promise<Clinic> {
  const database = await createTestDatabase()
  await loadTestMatters(database.db.migrator, [testMatter({ needs })])
  const mailbox = await openMailbox()
  const keys = testKeys()
  let nowMs = Date.now()
  let moved = false
  const clock = { now: () => new Date(nowMs) }
  const worker = workerDeps({ database, keys, mailbox, clock })
  const site = createTestApp({ surface: 'public', database, keys, clock })
  const staff = createTestApp({ surface: 'staff', database, keys, clock })
  const account = await makeAccount(database, { role: 'moderator', name: '정민호' })
  let agent = await signIn(staff, account)
  const catalogue = createCatalogue(worker.deps.config.limits)
  const { superuser } = database.db

  const clinic: Clinic = {
    database,
    mailbox,
    worker,
    site,
    keys,
    moderator: { id: account.id, agent },
    now: clock.now,
    pass(days) {
      nowMs += days * dayMs
      moved = true
    },
    day: (days) => dayIn('Asia/Seoul', new Date(nowMs + days * dayMs)),
    async work() {
      for (;;) {
        const rows = await superuser('outbox').whereNull('handed_at').orderBy('id')
        // What comes next is later.
        nowMs += 1000
        if (rows.length === 0) return
        for (const { id, job, payload } of rows) {
          const one = { id: `outbox-${id}`, name: job as string, data: payload, last: false }
          await runJob(catalogue, worker.deps, job as JobName, one)
          await superuser('outbox').where({ id }).update({ handed_at: new Date() })
        }
      }
    },
    async claim({
      email = 'minjun.kim@example.com',
      language = 'ko',
      confirmed = true,
      answers,
    } = {}) {
      const claim = await fileDirectly(database, keys, {
        answers: { email, ...answers },
        language,
        at: clock.now(),
      })
      await clinic.work()
      if (!confirmed) return claim
      const token = tokenIn('claims/confirm', newest(claim))!
      const sealer = createSealer(site.deps.config.keys)
      const { link, given } = await giveLink({ ...site.deps, sealer }, token, null)
      if (given === null) throw new Error(`the link is ${link.state}`)
      await clinic.work()
      return claim
    },
    async review(claim) {
      // Past the end of the session.
      if (moved) clinic.moderator.agent = agent = await signIn(staff, account)
      moved = false
      const began = await act(agent, claim, 'review')
      if (began.status !== 200) throw new Error(`the review answered ${began.status}`)
    },
    async deficient({ items = ['answer:harm', 'answer:story'], ...options } = {}) {
      const claim = await clinic.claim(options)
      await clinic.review(claim)
      const asked = { decision: 'deficient', items, due: clinic.day(21), note: '' }
      const answer = await act(agent, claim, 'decision', asked)
      if (answer.status !== 303) throw new Error(`asking answered ${answer.status}: ${answer.text}`)
      await clinic.work()
      const mail = newest(claim)
      return { ...claim, mail, links: linksIn(mail) }
    },
    row: (claim) => superuser('claims').where({ id: claim.id }).first(),
    async kinds(claim) {
      const rows = await superuser('ledger_private as p')
        .join('ledger_entries as e', 'e.id', 'p.entry_id')
        .join('ledger_pending as q', 'q.entry_id', 'e.id')
        .where('p.claim_id', claim.id)
        .orderBy('q.seq')
        .select('e.kind')
      return rows.map(({ kind }) => kind as string)
    },
    async close() {
      await worker.close()
      await mailbox.close()
      await database.drop()
    },
  }
  const newest = (claim: FiledClaim) =>
    mailbox.mails.findLast(({ subject }) => subject.includes(claim.number))!
  return clinic
}

export function linksIn({ text }: ReceivedMail): string[] {
  return [...text.matchAll(/\/tasks\/[A-Za-z0-9_-]{43}/g)].map(([path]) => path)
}

export function tokenIn(path: string, { text }: ReceivedMail): string | undefined {
  return new RegExp(`/${path}/([A-Za-z0-9_-]{43})`).exec(text)?.[1]
}
