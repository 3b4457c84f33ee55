import { draftId, newDraftSecret, sealDraft } from '../../server/vault/drafts'
import { stepName, stepNames } from '../../server/intake/filing-steps'
import { isFilingOpen } from '../../server/matters/filing-open'
import { listMatters } from '../../server/matters/list-matters'
import { createTestApp } from '../support/app'
import { completeDraft } from '../support/complete-draft'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { numberOn, post } from '../support/filing'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.drop()
})

/** What the list above the form says is wrong. */
function linesOf(html: string): string[] {
  return [...html.matchAll(/<li><a href="#\w+">(.+?)<\/a><\/li>/g)].map(([, line]) => line!)
}

test('every shipped matter that is open shows all its pages in both languages, says of each error which it is, and takes a claim', async () => {
  const { app, agent: newAgent, deps } = createTestApp({ surface: 'public', database })
  expect(app).toBeDefined()
  const now = new Date()
  const matters = (await listMatters(database.db.public)).flatMap((group) => group.matters)
  const open = matters.filter((matter) => isFilingOpen(matter, now))
  expect(open.length).toBeGreaterThan(0)
  for (const matter of open) {
    const secret = newDraftSecret()
    await database.db.public('drafts').insert({
      id: draftId(secret),
      matter_id: matter.id,
      form_version: matter.form.version,
      ciphertext: sealDraft(secret, completeDraft(matter, now)),
      created_at: now,
      updated_at: now,
      expires_at: new Date(now.getTime() + deps.config.limits.draftDays * 86_400_000),
    })
    const agent = newAgent()
    agent.jar.setCookie(`draft=${secret}; Path=/matters/${matter.slug}`, '127.0.0.1', '/')
    const base = `/matters/${matter.slug}/file`
    for (const lang of ['ko', 'en']) {
      for (const page of ['', ...stepNames(matter).map((name) => `/${name}`)]) {
        const shown = await agent.get(`${base}${page}?lang=${lang}`)
        expect([base, page, lang, shown.status]).toEqual([base, page, lang, 200])
      }
    }
    for (const step of matter.form.steps) {
      for (const lang of ['ko', 'en']) {
        const page = await post(agent, `${base}/${stepName(step.id)}?lang=${lang}`, {})
        expect([base, step.id, page.status]).toEqual([base, step.id, 422])
        const required = step.questions.filter((one) => one.required && !one.when)
        expect(linesOf(page.text).length).toBeGreaterThanOrEqual(required.length)
        expect(linesOf(page.text)).toEqual([...new Set(linesOf(page.text))])
      }
    }
    const submitted = await post(agent, `${base}/submit`, {}, `${base}/review`)
    expect([base, submitted.headers['location']]).toEqual([base, `/matters/${matter.slug}/filed`])
    expect(numberOn((await agent.get(submitted.headers['location'] as string)).text)).toBeTruthy()
  }
})
