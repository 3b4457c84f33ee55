import { newId } from '../../server/kernel/ids'
import {
  findClaimForm,
  findMatter,
  findMatterById,
  listMatters,
} from '../../server/matters/list-matters'
import { loadMatters } from '../../server/matters/load-matters'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { loadTestMatters, testForm, testMatter } from '../support/test-matters'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
})
afterEach(async () => {
  await database.drop()
})

const slug = 'test-breach'
const changedForm = (version: number) => {
  const form = testForm(version)
  form.steps[0]!.title = { ko: '바뀐 제목', en: 'Changed title' }
  return form
}

test('loading again changes nothing: not a row, not an id', async () => {
  const rows = () =>
    database.db
      .migrator('matters')
      .select(database.db.migrator.raw('id, slug, xmin::text'))
      .orderBy('slug')
  const before = await rows()
  await loadMatters(database.db.migrator)
  await loadTestMatters(database.db.migrator)
  expect(await rows()).toEqual(before)
})

test('every login reads; none but the migrator writes', async () => {
  for (const login of ['public', 'staff', 'worker'] as const) {
    const db = database.db[login]
    const matter = await findMatter(db, slug)
    expect(matter).toMatchObject({ slug, jurisdiction: 'KR', firm: { slug: 'test-firm' } })
    expect(await findMatterById(db, matter!.id)).toEqual(matter)
    expect((await listMatters(db)).map(({ incident }) => incident.slug)).toEqual(
      expect.arrayContaining(['coupang-2025', 'test-incident']),
    )
    await expect(db('matters').update({ state: 'closed' })).rejects.toThrow(/permission denied/)
    await expect(db('claim_forms').delete()).rejects.toThrow(/permission denied/)
  }
})

test('a change is seen at once by a process that has read the matter before', async () => {
  expect((await findMatter(database.db.public, slug))?.state).toBe('open')
  await loadTestMatters(database.db.migrator, [testMatter({ state: 'closed' })])
  expect((await findMatter(database.db.public, slug))?.state).toBe('closed')
  await database.db
    .superuser('incidents')
    .where({ slug: 'test-incident' })
    .update({ content: database.db.superuser.raw(`jsonb_set(content, '{title,ko}', '"새 제목"')`) })
  expect((await findMatter(database.db.public, slug))?.incident.content.title.ko).toBe('새 제목')
})

test('a form that changed under its version is refused in a sentence, and nothing is loaded', async () => {
  const changed = testMatter({ form: changedForm(1), state: 'closed' })
  await expect(loadTestMatters(database.db.migrator, [changed])).rejects.toThrow(
    'test-breach.yaml: the form changed but is still version 1; people may have answered that version, so give the changed form version 2.',
  )
  expect((await findMatter(database.db.public, slug))?.state).toBe('open')
})

test('a new version stands beside the old one, which claims still point at', async () => {
  await loadTestMatters(database.db.migrator, [testMatter({ form: changedForm(2) })])
  const matter = (await findMatter(database.db.public, slug))!
  expect(matter.form.version).toBe(2)
  const old = await findClaimForm(database.db.worker, matter.id, 1)
  expect(old).toEqual(testForm(1))
  expect(await findClaimForm(database.db.worker, matter.id, 2)).toEqual(matter.form)
  expect(await findClaimForm(database.db.worker, matter.id, 3)).toBeNull()
  await expect(loadTestMatters(database.db.migrator)).rejects.toThrow(/version 2 is already in use/)
})

test('the words of a consent or of what is signed do not change under their version either', async () => {
  const words = { ko: '다른 말', en: 'Other words' }
  const { consents, signature } = testMatter()
  const consentChanged = consents.map((one) =>
    one.id === 'collection' ? { ...one, purpose: words } : one,
  )
  await expect(
    loadTestMatters(database.db.migrator, [testMatter({ consents: consentChanged })]),
  ).rejects.toThrow(/the consent "collection" changed but is still version 1/)
  await expect(
    loadTestMatters(database.db.migrator, [
      testMatter({ signature: { ...signature, statement: words } }),
    ]),
  ).rejects.toThrow(/the signed statement changed but is still version 1/)
  const renewed = consentChanged.map((one) => ({ ...one, version: 2 }))
  await loadTestMatters(database.db.migrator, [testMatter({ consents: renewed })])
  const matter = await findMatter(database.db.public, slug)
  expect(matter?.content.consents[0]).toMatchObject({ version: 2, purpose: words })
})

test('what is no slug or id of a matter is not found', async () => {
  const db = database.db.public
  for (const text of ['none-such', '', '../x', "' or 1=1 --", 'A', 'x'.repeat(100)]) {
    expect(await findMatter(db, text)).toBeNull()
  }
  expect(await findMatterById(db, newId())).toBeNull()
  expect(await findMatterById(db, 'not-an-id')).toBeNull()
})
