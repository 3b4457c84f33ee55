import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import request from 'supertest'
import { languages, readTexts, translator } from '../../server/web/languages'
import { projectRoot } from '../../server/web/views'
import { createTestApp } from '../support/app'
import { createTestDatabase } from '../support/database'
import { probeRoutes } from './probe'

type Texts = { [key: string]: string | Texts }
const texts = readTexts() as Record<'ko' | 'en', Record<string, Texts>>

function flat(tree: Texts, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
  )
}

const all = (lang: 'ko' | 'en') =>
  Object.entries(texts[lang]).flatMap(([name, tree]) => flat(tree, `${name}:`))
const withoutPlural = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, '')

test('Korean and English have the same texts', () => {
  const keys = (lang: 'ko' | 'en') =>
    [...new Set(all(lang).map(([key]) => withoutPlural(key)))].toSorted()
  expect(keys('en')).toEqual(keys('ko'))
})

test('both languages fill in the same values', () => {
  const values = (lang: 'ko' | 'en') =>
    new Map(all(lang).map(([key, text]) => [key, (text.match(/\{\{\w+\}\}/g) ?? []).toSorted()]))
  const english = values('en')
  for (const [key, names] of values('ko')) {
    // A plural form may leave its number out ("one claim").
    if (key !== withoutPlural(key)) continue
    expect({ key, names: english.get(key) ?? names }).toEqual({ key, names })
  }
})

test.each(languages)('%s: no text is empty or has spaces around it', (lang) => {
  // A prefix ("Error: ") joins to what follows.
  expect(
    all(lang).filter(
      ([key, text]) => text.trim() === '' || (text !== text.trim() && !key.endsWith('Prefix')),
    ),
  ).toEqual([])
})

test.each(languages)('%s: people are not shown the words of the machinery', (lang) => {
  const machinery = /\bvaults?\b|merkle|\bsealed\b|checkpoint|금고|머클|봉인|체크포인트/i
  const shown = all(lang).filter(([key]) => !/^(ledger|verify):/.test(key))
  expect(shown.filter(([, text]) => machinery.test(text))).toEqual([])
})

test('every text that views and code ask for by name exists in both languages', () => {
  const files = ['views', 'server', 'jobs'].flatMap((folder) => {
    const names = readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    return names.filter((name) => /\.(ejs|ts)$/.test(name)).map((name) => join(folder, name))
  })
  const missing: string[] = []
  for (const file of files) {
    const source = readFileSync(join(projectRoot, file), 'utf8').replace(
      /^\s*(\/?\*|\/\/).*$/gm,
      '',
    )
    for (const [, key] of source.matchAll(/\bt\(\s*'([\w-]+:[\w.-]+)'(?!\s*\+)/g)) {
      for (const lang of languages) {
        const text = translator(lang, () => missing.push(`${file}: ${key} (${lang})`))
        text(key!, { count: 2 })
      }
    }
  }
  expect(missing).toEqual([])
})

test('texts are plain: escaping is the view’s work, once', () => {
  expect(translator('en')('layout:operatedBy', { operator: `O'Neil & Co` })).toContain(
    `O'Neil & Co`,
  )
})

test('?lang= decides, then the cookie, then the browser, else Korean', async () => {
  const database = await createTestDatabase()
  const { app } = createTestApp({ surface: 'public', database, features: [probeRoutes] })
  const langOf = async (path: string, headers: Record<string, string> = {}) =>
    (await request(app).get(path).set(headers)).headers['content-language']
  expect(await langOf('/plain')).toBe('ko')
  expect(await langOf('/plain', { 'Accept-Language': 'fr' })).toBe('ko')
  expect(await langOf('/plain', { 'Accept-Language': 'fr, en;q=0.8, ko;q=0.2' })).toBe('en')
  expect(await langOf('/plain', { 'Accept-Language': 'en', Cookie: 'lang=ko' })).toBe('ko')
  expect(await langOf('/plain?lang=en', { Cookie: 'lang=ko' })).toBe('en')
  expect(await langOf('/plain?lang=xx', { Cookie: 'lang=%FF' })).toBe('ko')

  const asked = await request(app).get('/plain?lang=en').expect(200)
  expect(asked.headers['set-cookie']?.[0]).toMatch(
    /^lang=en; Max-Age=31536000; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
  )
  expect(asked.headers['vary']).toMatch(/Accept-Language.*Cookie/)
  const page = await request(app).get('/none?a=1&lang=en').set('Accept', 'text/html')
  expect(page.text).toContain('href="/none?a=1&amp;lang=ko"')
  await database.drop()
})
