import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { claimForm } from '../../server/matters/form-schema'
import { deadlineMoment, filingDeadline, isFilingOpen } from '../../server/matters/filing-open'
import type { Matter } from '../../server/matters/matter-file'
import {
  MatterFileError,
  readMatterFiles,
  shippedFolder,
} from '../../server/matters/read-matter-files'
import { testForm, testMatter } from '../support/test-matters'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'joinder-matters-'))
  cpSync(shippedFolder, folder, { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Changes one file of the copy and gives what reading it complains of. */
function complaint(name: string, change: (data: never) => void): string {
  const data = parse(readFileSync(join(folder, name), 'utf8')) as never
  change(data)
  writeFileSync(join(folder, name), stringify(data))
  try {
    readMatterFiles(folder)
  } catch (error) {
    if (error instanceof MatterFileError) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

test('the shipped files load; every firm is invented and only Korea has a deadline', () => {
  const { matters, firms } = readMatterFiles()
  expect(matters.map((one) => one.slug)).toEqual(
    expect.arrayContaining(['coupang-2025-kr', 'coupang-2025-us']),
  )
  expect(firms.length).toBeGreaterThanOrEqual(2)
  for (const firm of firms) {
    expect(firm.invented).toBe(true)
    expect(firm.contactEmail).toMatch(/\.example$/)
  }
  for (const matter of matters) {
    const firm = firms.find((one) => one.slug === matter.firm)!
    expect(firm.jurisdiction).toBe(matter.jurisdiction)
    // The consent to hand data over names who gets it (PIPA 17).
    const provision = matter.consents.find((one) => one.kind === 'provision')!
    for (const lang of ['ko', 'en'] as const) {
      expect(provision.title[lang]).toContain(firm.name[lang])
      expect(provision.recipient?.[lang]).toContain(firm.name[lang])
    }
    const isAmerican = matter.jurisdiction === 'US'
    const goesOverseas = matter.consents.some((one) => one.kind === 'overseas' && one.required)
    expect([matter.slug, goesOverseas]).toEqual([matter.slug, isAmerican])
    expect([matter.slug, matter.deadlines.length > 0]).toEqual([matter.slug, !isAmerican])
  }
})

test('Korean words are Korean and English words English', () => {
  const bad: string[] = []
  const walk = (data: unknown, path: string): void => {
    if (typeof data !== 'object' || data === null) return
    const texts = data as Record<string, unknown>
    if (typeof texts['ko'] === 'string' && typeof texts['en'] === 'string') {
      if (!/[가-힣]/.test(texts['ko'])) bad.push(`${path}.ko`)
      if (/[가-힣]/.test(texts['en'])) bad.push(`${path}.en`)
      return
    }
    for (const [key, value] of Object.entries(texts)) walk(value, `${path}.${key}`)
  }
  walk(readMatterFiles(), '')
  expect(bad).toEqual([])
})

test('a mistake is named with its file, its place and what to write instead', () => {
  const message = complaint(
    'coupang-2025-kr.yaml',
    (data: { facts: { asOf: string }[]; title: object }) => {
      data.facts[0]!.asOf = '8 December 2025'
      data.title = { ko: '제목' }
    },
  )
  expect(message).toContain('coupang-2025-kr.yaml cannot be loaded.')
  expect(message).toMatch(/^ {2}facts\.0\.asOf: write YYYY-MM-DD, for example 2026-06-11$/m)
  expect(message).toMatch(/^ {2}title\.en: /m)
})

test('who opts out or objects does so about a class action of the same folder, and before a court has spoken only early', () => {
  const { matters } = readMatterFiles()
  const kinds = matters.filter(({ kind }) => kind !== 'claim').map(({ kind, of }) => [of, kind])
  for (const slug of ['coupang-2025-us', 'coupang-2025-us-securities']) {
    expect(kinds).toEqual(
      expect.arrayContaining([
        [slug, 'opt_out'],
        [slug, 'objection'],
      ]),
    )
  }
  const name = 'coupang-2025-us-opt-out.yaml'
  const change = (changes: object) => complaint(name, (data) => Object.assign(data, changes))
  expect(change({ of: 'sk-telecom-2025-kr' })).toMatch(/only a class action/)
  expect(change({ of: 'none-such' })).toMatch(/^ {2}of: no case "none-such" in this folder$/m)
  expect(change({ of: 'coupang-2025-us', kind: 'claim' })).toMatch(/names the case it is about/)
  const open = (changes: object) =>
    isFilingOpen(
      {
        state: 'open',
        content: testMatter({ regime: 'class', kind: 'opt_out', of: 'a-case', ...changes }),
      } as unknown as Matter,
      new Date(),
    )
  expect(open({})).toBe(false)
  expect(open({ early: { ko: '미리', en: 'Early' } })).toBe(true)
})

test('text that is no YAML, a wrong name, an unknown incident or firm', () => {
  expect(
    complaint('coupang-2025-us.yaml', (data: { slug: string; incident: string; firm: string }) => {
      Object.assign(data, { slug: 'other', incident: 'none-such', firm: 'no-firm' })
    }),
  ).toMatch(/not the file's name[^]*none-such[^]*no-firm/)
  writeFileSync(join(folder, 'coupang-2025-us.yaml'), 'title: [')
  expect(() => readMatterFiles(folder)).toThrow(/coupang-2025-us\.yaml cannot be loaded/)
})

test('consents: two are needed, who receives is named, a newsletter is never a condition', () => {
  const matter = testMatter()
  const without = (id: string) => ({ consents: matter.consents.filter((one) => one.id !== id) })
  expect(() => testMatter(without('provision'))).toThrow(/kind: provision/)
  const changed = (id: string, change: object) => ({
    consents: matter.consents.map((one) => (one.id === id ? { ...one, ...change } : one)),
  })
  expect(() => testMatter(changed('provision', { recipient: undefined }))).toThrow(/who receives/)
  expect(() => testMatter(changed('newsletter', { required: true }))).toThrow(/never a condition/)
  expect(() => testMatter(changed('newsletter', { id: 'collection' }))).toThrow(/used twice/)
})

test.each([
  ['an id used twice', { id: 'email' }, /used twice/],
  [
    'a condition on a later question',
    { when: { question: 'harm', is: ['spam'] } },
    /asked earlier/,
  ],
  ['a condition nobody can meet', { when: { question: 'member', is: ['maybe'] } }, /cannot answer/],
  ['an eligible answer that is none', { type: 'yes_no', eligibleIf: ['perhaps'] }, /not an answer/],
  ['a second required e-mail', { type: 'email', role: 'email' }, /exactly one required question/],
])('a form with %s is refused', (_what, change, message) => {
  const both = { ko: '물음', en: 'Question' }
  const form = structuredClone(testForm()) as { steps: { questions: object[] }[] }
  form.steps[1]!.questions.push({ id: 'extra', type: 'text', label: both, ...change })
  expect(() => claimForm.parse(form)).toThrow(message)
})

test('a deadline is a moment in the zone of the matter, and its own moment is too late', () => {
  const matter = (changes: Record<string, unknown>) =>
    ({ state: 'open', content: testMatter(changes) }) as unknown as Matter
  const at = (id: string, when: string, timeZone: string, closesFiling = true) => ({
    id,
    label: { ko: '기한', en: 'Deadline' },
    at: when,
    timeZone,
    source: { ko: '근거', en: 'Source' },
    closesFiling,
  })
  const two = matter({
    deadlines: [
      at('later', '2028-11-28T23:59', 'America/New_York'),
      at('first', '2028-11-28T23:59', 'Asia/Seoul'),
      at('only_told', '2027-01-01T00:00', 'Asia/Seoul', false),
    ],
  })
  expect(filingDeadline(two)?.id).toBe('first')
  const moment = deadlineMoment(filingDeadline(two)!)
  expect(moment.toISOString()).toBe('2028-11-28T14:59:00.000Z')
  expect(isFilingOpen(two, new Date(moment.getTime() - 1))).toBe(true)
  expect(isFilingOpen(two, moment)).toBe(false)
  expect(isFilingOpen(matter({}), new Date('2099-01-01T00:00:00Z'))).toBe(true)
  expect(isFilingOpen({ ...two, state: 'closed' }, new Date('2026-11-24T00:00:00Z'))).toBe(false)
})
