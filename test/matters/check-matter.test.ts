import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkMatterFile } from '../../server/matters/check-matter'
import { shippedFolder } from '../../server/matters/read-matter-files'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'joinder-check-'))
  cpSync(shippedFolder, folder, { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true }))

const others = ['incidents.yaml', 'firms.yaml']
const shipped = readdirSync(shippedFolder).filter(
  (name) => name.endsWith('.yaml') && !others.includes(name),
)

test.each(shipped)('nothing is wrong with %s as it is shipped', (name) => {
  expect(checkMatterFile(join(shippedFolder, name))).toEqual([])
})

/** What is said of the Korean case with one piece of its text exchanged; the line is that of the text. */
function complaints(from: string, to: string) {
  const name = 'coupang-2025-kr.yaml'
  const text = readFileSync(join(shippedFolder, name), 'utf8')
  if (!text.includes(from)) throw new Error(`the file has no ${from}`)
  writeFileSync(join(folder, name), text.replace(from, to))
  return checkMatterFile(join(folder, name)).map(
    ({ line, place, text: words }) => `${line}: ${place}: ${words}`,
  )
}

test.each([
  [
    'jurisdiction: KR',
    'jurisdiction: Korea',
    /: "Korea" is not known here. Write one of: KR, US\.$/,
  ],
  ['forum:', 'forums:', /: forums: There is no "forums" here/],
  ['forum:', 'forums:', /: forum: This is missing: add "forum: …"/],
  ['kind: collection', 'kind: collect', /consents › 1st › kind: .*Write one of: collection, /],
  ['type: name', 'type: nam', /questions › 1st › type: .*Write one of: text, long_text, name/],
  ['firm: hanbit-narae', 'firm: nobody', /: firm: firms\.yaml has no "nobody"\. It has: /],
  [
    'firm: hanbit-narae',
    'firm: sae-naru',
    /consents › 2nd › title › ko: This names 법무법인 한빛나래/,
  ],
  ['slug: coupang-2025-kr', 'slug: other', /must be called other\.yaml/],
  ['closesFiling: true', 'closesFiling: false', /deadlines: A Korean joint suit has a limitation/],
  ['en: Last day to register', 'en: 마지막 날', /label › en: There is Korean in the English words/],
  ['  en: Coupang breach – joint suit in Korea\n', '', /title › en: .*add a line "en: …"/],
  ['2028-11-28T23:59', '2028-13-01T23:59', /deadlines › 1st › at: There is no such day or time/],
  ["asOf: '2026-06-11'", "asOf: '2026-02-30'", /asOf: The calendar has no such day/],
  [
    '{ question: notice,',
    '{ question: notified,',
    /2nd › when: "when" names "notified".*: affected_as, /,
  ],
  [
    "withGuardian: { question: adult, is: ['no']",
    'withGuardian: { question: adult, is: [‘no’]',
    /"‘no’"/,
  ],
  ['- id: notice_date', '- id: notice', /2nd › id: The question id "notice" is used twice/],
  ['ko: 휴대전화번호, en', 'ko: 주민등록번호, en', /4th › label › ko: Never ask for a resident/],
  ['kind: provision\n    required: true', 'kind: provision\n    required: false', /PIPA 17/],
  ['{ ko: 이메일, en: Email }', '{ ko: 이메일, 주소, en: Email }', /Put the whole text in quotes/],
  ['착수금: 한 사람당 10,000원', '착수금: 한 사람당 5,000원', /The fees of this case say 5,000/],
  ['{{birth_date}}', '{{born}}', /text › ko: {{born}} stands for nothing; there are: {{matter}}/],
])('%s → %s', (from, to, said) => {
  expect(complaints(from, to)).toEqual(expect.arrayContaining([expect.stringMatching(said)]))
})

test.each([
  ['    version: 4\n', '   version: 4\n', /^\d+: [^:]+: This line, or the one above it/],
  ['\n  ko: 쿠팡 개인', '\n\tko: 쿠팡 개인', /^11: [^:]+: There is a tab at the beginning/],
  ['  ko: 쿠팡 개인', '  ko: 쿠팡: 개인', /^11: [^:]+: The text has a colon/],
  ['  ko: 쿠팡 개인', '  ko: "쿠팡 개인', /^11: [^:]+: A quote is missing/],
  ['  ko: 쿠팡 개인', '  ko: *쿠팡 개인', /^11: [^:]+: A text cannot begin with "\*"/],
  ['state: open', 'state: open\nstate: open', /^8: [^:]+: There are two lines "state: …"/],
])('a file that is no YAML: one complaint, in words: %j → %j', (from, to, said) => {
  expect(complaints(from, to)).toEqual([expect.stringMatching(said)])
})

test('a complaint names the line in which it is', () => {
  const text = readFileSync(join(shippedFolder, 'coupang-2025-kr.yaml'), 'utf8')
  const line = text.split('\n').findIndex((one) => one.includes('kind: provision')) + 1
  const [found] = complaints('kind: provision', 'kind: provide')
  expect(found).toMatch(new RegExp(`^${line}: consents › 2nd › kind`))
  expect(checkMatterFile(join(folder, 'none.yaml'))[0]!.text).toContain('no such file')
})
