import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../server/web/views'

const folder = join(projectRoot, 'views')
const views = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ejs'))
  .map((name) => {
    const source = readFileSync(join(folder, name), 'utf8')
    return { name, source: source.replace(/<%#[\s\S]*?%>/g, ''), mail: /^mail[\\/]/.test(name) }
  })

/** The lines of all views that match, as `file: line`. */
const found = (pattern: RegExp, among = views) =>
  among.flatMap(({ name, source }) =>
    source.split('\n').flatMap((line) => (pattern.test(line) ? `${name}: ${line.trim()}` : [])),
  )

test('everything a view prints is escaped; only our own partials come in as they are', () => {
  expect(found(/<%-(?!\s*include\()/)).toEqual([])
})

const pages = views.filter(({ mail }) => !mail)

test('pages have no inline script, style or handler, which the content policy would refuse', () => {
  expect(found(/<script(?![^>]*\ssrc=)/, pages)).toEqual([])
  expect(found(/<style|\sstyle=|\son[a-z]+="/, pages)).toEqual([])
})

test('pages load nothing from another host', () => {
  expect(found(/\s(src|href|action)="(https?:)?\/\//, pages)).toEqual([])
})

test('every form that changes something carries the token', () => {
  const bare = pages.flatMap(({ name, source }) =>
    [...source.matchAll(/<form[^>]*method="post"[\s\S]*?<\/form>/g)]
      .filter(
        ([form]) => !/include\('[./]*(partials\/)?csrf'/.test(form) && !form.includes('_csrf'),
      )
      // The link is the secret, and a mail program presses the button without a page.
      .filter(([form]) => !form.includes('action="/reminders/<%= token %>'))
      // Checking a receipt changes nothing.
      .filter(([form]) => !form.includes('action="/verify#result"'))
      .map(([form]) => `${name}: ${form.split('\n')[0]}`),
  )
  expect(bare).toEqual([])
})
