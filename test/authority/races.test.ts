import { createCatalogue, runJob } from '../../jobs/catalogue'
import { askForPapers } from '../../server/authority/ask-for-papers'
import { supersedeChanged } from '../../server/authority/supersede-changed'
import { findMatterById } from '../../server/matters/list-matters'
import { withdrawClaim } from '../../server/claims/withdraw-claim'
import { newId } from '../../server/kernel/ids'
import { allQuestions } from '../../server/matters/forms/parse-form'
import type { JobName } from '../../server/outbox/intents'
import { createTestApp, testKeys, type Agent, type TestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fillSteps, numberOn, post } from '../support/filing'
import { openMailbox, type Mailbox } from '../support/mailbox'
import { loadTestMatters, signedMatter, testDocuments, testMatter } from '../support/test-matters'
import { until } from '../support/until'
import { workerDeps, type TestWorkerDeps } from '../support/worker'
import { minorForm } from './minor-form'
import { signedBase, signOn } from './signed-portal'

/** Two things that happen to the papers of one claim at the same moment, in either order. */
let database: TestDatabase
let mailbox: Mailbox
let worker: TestWorkerDeps
let site: TestApp
const minors = '/matters/test-minors/file'

beforeAll(async () => {
  database = await createTestDatabase()
  const minor = signedMatter({ slug: 'test-minors', form: minorForm() })
  await loadTestMatters(database.db.migrator, [testMatter(), signedMatter(), minor])
  mailbox = await openMailbox()
  const keys = testKeys()
  worker = workerDeps({ database, keys, mailbox })
  site = createTestApp({ surface: 'public', database, keys })
})
afterAll(async () => {
  await worker.close()
  await mailbox.close()
  await database.drop()
})

const table = (name: string) => database.db.superuser(name)
const catalogue = () => createCatalogue(worker.deps.config.limits)

/** Does everything that waits in the outbox, but for jobs of this name, which it gives back. */
async function work(except?: JobName): Promise<() => Promise<unknown>> {
  const left: { id: number; payload: unknown }[] = []
  const run = (name: JobName, { id, payload }: { id: number; payload: unknown }) =>
    runJob(catalogue(), worker.deps, name, {
      id: `outbox-${id}`,
      name,
      data: payload as object,
      last: false,
    })
  for (;;) {
    const rows = await table('outbox').whereNull('handed_at').orderBy('id')
    if (rows.length === 0) break
    for (const row of rows) {
      await table('outbox').where({ id: row.id }).update({ handed_at: new Date() })
      if (row.job === except) left.push(row)
      // The paper waits for a ledger that nobody sequences here.
      else if (row.job !== 'render-pack') await run(row.job, row)
    }
  }
  return () => Promise.all(left.map((row) => run(except!, row)))
}

async function mailed(to: string, path: string): Promise<string> {
  await work()
  const pattern = new RegExp(`/${path}/[A-Za-z0-9_-]{43}`)
  const mail = mailbox.mails.findLast((one) => one.to === to && pattern.test(one.text))!
  return pattern.exec(mail.text)![0]
}

/** Files and signs. @returns the claim and its mailed link, not yet pressed */
async function filed(email: string, base = signedBase, changes = {}) {
  const agent = site.agent()
  await fillSteps(agent, {
    base,
    changes: {
      ...changes,
      'about-you': { email, ...(changes as Record<string, object>)['about-you'] },
    },
  })
  await signOn(agent, `${base}/sign`)
  const answer = await post(agent, `${base}/submit`, {}, `${base}/review`)
  const number = numberOn((await agent.get(answer.headers['location'] as string)).text)
  const claim = await table('claims').where({ number }).first()
  return { id: claim.id as string, number, link: await mailed(email, 'claims/confirm') }
}

/** Presses the mailed button; what the worker does of it is given back undone. */
async function pressed(link: string, agent: Agent = site.agent()) {
  expect((await post(agent, link, {})).status).toBe(303)
  return work('confirm-claim')
}

/** Starts both while the claim is held, the first in front, and lets go: neither may fail or hang. */
async function inOrder(claimId: string, acts: (() => Promise<unknown>)[]): Promise<void> {
  const running: Promise<unknown>[] = []
  await database.db.superuser.transaction(async (tx) => {
    await tx('claims').where({ id: claimId }).forNoKeyUpdate().first('id')
    for (const act of acts) {
      running.push(act())
      await until(`${running.length} wait`, async () => {
        const { rows } = await database.db.superuser.raw(
          `select count(*)::int as count from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
        )
        return rows[0].count === running.length
      })
    }
  })
  await Promise.all(running)
}

const withdraw = (claimId: string) => () =>
  worker.deps.db.transaction((tx) =>
    withdrawClaim(tx, new Date(), claimId, { change: newId(Date.now()) }),
  )
const packsOf = (claimId: string) => table('authority_packs').where({ claim_id: claimId })
/** Whether the counters that the index shows fit its rows. */
async function expectCounted(): Promise<void> {
  const { rows } = await database.db.superuser.raw(
    `select matter_id, key, sum(claims)::int as claims from authority_counts
     group by 1, 2 having sum(claims) <> 0
     except select matter_id, key, count(*)::int from claim_authority group by 1, 2`,
  )
  expect(rows).toEqual([])
}

test.each(['withdrawal', 'signature'])(
  'a guardian signs while the claim is withdrawn, the %s first: what is withdrawn never counts',
  async (first) => {
    const email = `${first}@example.com`
    const parent = `parent-${email}`
    const { id, link } = await filed(email, minors, {
      eligibility: { adult: 'no' },
      'about-you': { born: '2013-05-05', guardian: '이보호', guardian_mail: parent },
    })
    await (
      await pressed(link)
    )()
    const path = await mailed(parent, 'guardian')
    const consents = { consent_collection: 'yes', consent_provision: 'yes' }
    const agent = site.agent()
    expect((await signOn(agent, path, { signature: '이보호', ...consents })).status).toBe(303)
    const sign = await work('take-signing')
    const acts = [withdraw(id), sign]
    await inOrder(id, first === 'withdrawal' ? acts : acts.toReversed())

    expect((await table('claims').where({ id }).first()).state).toBe('withdrawn')
    expect(await table('claim_authority').where({ claim_id: id })).toEqual([])
    const theirs = (await packsOf(id)).filter(({ signer }) => signer === 'guardian')
    const request = await table('signing_requests').where({ claim_id: id }).first()
    expect([request.outcome, theirs.length]).toEqual(
      first === 'withdrawal' ? ['refused', 0] : ['taken', 1],
    )
    await expectCounted()
  },
)

test.each(['answers', 'confirmation'])(
  'answers are replaced while the papers that quote them are confirmed, the %s first: none of them stays in force',
  async (first) => {
    const { id, link } = await filed(`replaced-${first}@example.com`)
    const confirm = await pressed(link)
    const matter = (await findMatterById(
      database.db.worker,
      (await table('claims').where({ id }).first()).matter_id,
    ))!
    const name = allQuestions(matter.form).filter(({ role }) => role === 'name')
    const replace = () =>
      worker.deps.db.transaction(async (tx) => {
        await tx('claims').where({ id }).forNoKeyUpdate().first('id')
        const changed = { claimId: id, matter, changed: name }
        await supersedeChanged(tx, new Date(), worker.deps.config, changed)
      })
    await inOrder(id, first === 'answers' ? [replace, confirm] : [confirm, replace])
    const [pack] = await packsOf(id)
    expect(pack.superseded_at).not.toBeNull()
    const { outcome } = await table('confirmations').where({ claim_id: id }).first()
    expect([outcome, pack.confirmed_at === null]).toEqual(
      first === 'answers' ? ['refused', true] : ['confirmed', false],
    )
    const row = await table('claim_authority').where({ claim_id: id }).first()
    expect(row?.key ?? '').toBe('')
    await expectCounted()
  },
)

test('firm and documents change while papers are confirmed: they count for what was signed, and for nothing else', async () => {
  const { id, link } = await filed('changed@example.com')
  const confirm = await pressed(link)
  const { matter_id: matterId, firm_id: before } = await table('claims').where({ id }).first()
  const { id: firm } = await table('firms').whereNot({ id: before }).first()
  const changed = async () => {
    const newer = {
      ...testDocuments[0],
      version: 2,
      text: { ko: '새 글 {{name}}', en: 'New {{name}}' },
    }
    await loadTestMatters(database.db.migrator, [
      testMatter(),
      signedMatter({ documents: [newer, testDocuments[1]] }),
    ])
    await table('matters').where({ id: matterId }).update({ firm_id: firm })
  }
  // The worker has begun and waits for the claim; then the case changes.
  let confirming: Promise<unknown> | undefined
  await database.db.superuser.transaction(async (tx) => {
    await tx('claims').where({ id }).forNoKeyUpdate().first('id')
    confirming = confirm()
    await changed()
  })
  await confirming
  const [pack] = await packsOf(id)
  expect(pack).toMatchObject({ confirmed_how: 'link', firm_id: before })
  const row = await table('claim_authority').where({ claim_id: id }).first()
  expect(row.key).toBe(`${before} fee_agreement@1,power_of_attorney@1`)
  // Nothing of theirs may go to the new firm, and they are asked to sign for today.
  expect((await table('claims').where({ id }).first()).firm_id).toBe(before)
  await askForPapers(worker.deps)
  expect(await table('needs').where({ claim_id: id, kind: 'signature' })).toMatchObject([
    { ref: 'papers', met_at: null },
  ])
  await expectCounted()
})
