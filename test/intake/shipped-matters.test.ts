import { stepName, stepNames } from '../../server/intake/filing-steps'
import { isFilingOpen } from '../../server/matters/filing-open'
import { listMatters } from '../../server/matters/list-matters'
import { createTestApp } from '../support/app'
import { completeDraft } from '../support/complete-draft'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { numberOn, post } from '../support/filing'
import { plantDraft } from '../support/plant-draft'

jest.setTimeout(60_000)

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
  const { app, agent: newAgent } = createTestApp({ surface: 'public', database })
  expect(app).toBeDefined()
  const now = new Date()
  const matters = await listMatters(database.db.public)
  // Of the requests to be excluded, which are alike, one.
  const alike = 'coupang-2025-us-securities-opt-out'
  const open = matters.filter((matter) => isFilingOpen(matter, now) && matter.slug !== alike)
  expect(open.length).toBeGreaterThan(0)
  for (const matter of open) {
    const agent = newAgent()
    await plantDraft(database, agent, matter, completeDraft(matter, now))
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
