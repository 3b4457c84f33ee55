import type { Express } from 'express'
import { createTestApp, postForm, testKeys, type Agent, type TestApp } from '../../support/app'
import { createTestDatabase, type TestDatabase } from '../../support/database'
import { fileDirectly, type FiledClaim } from '../../support/filed-claim'
import { openMailbox, type Mailbox, type ReceivedMail } from '../../support/mailbox'
import { loadTestMatters } from '../../support/test-matters'
import { until } from '../../support/until'
import { startTestWorker, type TestWorkerDeps, type TestWorkerOptions } from '../../support/worker'

export interface Portal {
  database: TestDatabase
  mailbox: Mailbox
  worker: TestWorkerDeps
  site: TestApp
  app: Express
  keys: ReturnType<typeof testKeys>
  /** A claim that was filed, screened and, unless told otherwise, confirmed. */
  claim(options: {
    email: string
    name?: string
    phone?: string
    language?: 'ko' | 'en'
    confirmed?: boolean
  }): Promise<FiledClaim>
  /** Asks for a link and gives what was mailed; the agent keeps the cookie. */
  ask(agent: Agent, email: string): Promise<{ link: string; code: string; mail: ReceivedMail }>
  /** Waits, as the page does, until the worker has answered this browser. */
  answered(agent: Agent): Promise<void>
  /** Another worker, after the test closed the first. */
  restartWorker(): Promise<TestWorkerDeps>
  close(): Promise<void>
}

/** The shipped public surface and worker with a mail server, as a claimant meets them. */
export async function openPortal(
  options: Pick<TestWorkerOptions, 'env' | 'limits'> = {},
): Promise<Portal> {
  const database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  const mailbox = await openMailbox()
  const keys = testKeys()
  const start = () => startTestWorker({ database, keys, mailbox, ...options })
  let worker = await start()
  const env = options.env && { env: options.env }
  const site = createTestApp({ surface: 'public', database, keys, ...env })
  const { superuser } = database.db
  return {
    database,
    mailbox,
    worker,
    site,
    app: site.app,
    keys,
    async claim({ email, name = '김민준', phone, language, confirmed = true }) {
      const answers = { email, full_name: name, ...(phone && { phone }) }
      const claim = await fileDirectly(database, keys, { answers, ...(language && { language }) })
      await mailbox.waitFor(({ subject }) => subject.includes(claim.number))
      if (confirmed) {
        await superuser('claims')
          .where({ id: claim.id })
          .update({ state: 'verified', verified_at: new Date() })
      }
      return claim
    },
    async ask(agent, email) {
      const before = mailbox.mails.length
      const asked = await postForm(agent, '/claims', { email })
      if (asked.status !== 303) throw new Error(`asking answered ${asked.status}`)
      const isNew = (mail: ReceivedMail) =>
        mailbox.mails.indexOf(mail) >= before && /\/claims\/open\//.test(mail.text)
      return { mail: await mailbox.waitFor(isNew), ...linkIn(await mailbox.waitFor(isNew)) }
    },
    async answered(agent) {
      await until('the worker has answered', async () => {
        const { body } = await agent.get('/claims/mine/ready')
        return (body as { done: boolean }).done
      })
    },
    async restartWorker() {
      worker = await start()
      return worker
    },
    async close() {
      await worker.close()
      await mailbox.close()
      await database.drop()
    },
  }
}

/** Path and code of a mail that opens claims. */
export function linkIn({ text }: ReceivedMail): { link: string; code: string } {
  const link = /\/claims\/open\/[A-Za-z0-9_-]{43}/.exec(text)?.[0]
  const code = /^ +(\d{6})$/m.exec(text)?.[1]
  if (!link || !code) throw new Error('the mail holds no link or no code')
  return { link, code }
}

export const mine = (agent: Agent) => agent.get('/claims/mine').set('Accept', 'text/html')

export const claimPage = (agent: Agent, { number }: FiledClaim) =>
  agent.get(`/claims/mine/${number}`).set('Accept', 'text/html')

export const typeCode = (agent: Agent, code: string) =>
  postForm(agent, '/claims/code', { code }, { from: '/claims/asked' })
