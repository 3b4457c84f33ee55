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
  ['jurisdiction: KR', 'jurisdiction: Korea', /^\d+: jurisdiction: Write one of: KR, US\.$/],
  ['forum:', 'forums:', /: forums: There is no "forums" here/],
  ['forum:', 'forums:', /: forum: This is missing\.$/],
  ['kind: collection', 'kind: collect', /consents › 1st › kind: Write one of: collection, /],
  ['type: name', 'type: nam', /questions › 1st › type: Write one of: text, long_text, name/],
  ['firm: hanbit-narae', 'firm: nobody', /: firm: firms\.yaml has no "nobody"\. It has: /],
  ['slug: coupang-2025-kr', 'slug: other', /must be called other\.yaml/],
  ['state: open', 'state: open\n  bad: [', /This is no YAML/],
  ['closesFiling: true', 'closesFiling: false', /deadlines: A Korean joint suit has a limitation/],
  ['en: Last day to sue', 'en: 마지막 날', /label › en: There is Korean in the English words/],
])('%s → %s', (from, to, said) => {
  expect(complaints(from, to)).toEqual(expect.arrayContaining([expect.stringMatching(said)]))
})

test('a complaint names the line in which it is', () => {
  const text = readFileSync(join(shippedFolder, 'coupang-2025-kr.yaml'), 'utf8')
  const line = text.split('\n').findIndex((one) => one.includes('kind: provision')) + 1
  const [found] = complaints('kind: provision', 'kind: provide')
  expect(found).toMatch(new RegExp(`^${line}: consents › 2nd › kind`))
  expect(checkMatterFile(join(folder, 'none.yaml'))[0]!.text).toContain('no such file')
})
