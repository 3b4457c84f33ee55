import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCatcher, type Catcher } from '../../server/mail/catcher'
import { createMailer, outcomeOf, type Mailer } from '../../server/mail/transport'
import { limits } from '../../server/limits'
import { createTestApp } from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'

let database: TestDatabase
let folder: string
let catcher: Catcher
let mailer: Mailer

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'joinder-mail-'))
  catcher = await startCatcher({ host: '127.0.0.1', port: 0, folder, keep: 3 })
  const config = {
    mailFrom: 'Joinder <no-reply@joinder.example>',
    publicUrl: 'https://joinder.example',
    operatorContact: null,
    dkim: null,
  }
  mailer = createMailer({ ...config, limits }, catcher.url)
})
afterAll(async () => {
  mailer.close()
  await catcher.close()
  await rm(folder, { recursive: true, force: true })
  await database.drop()
})

const letter = (to: string, subject = '신청을 확인해 주세요') => ({
  mailId: crypto.randomUUID(),
  to,
  language: 'ko' as const,
  subject,
  text: '안녕하세요\n\n<b>https://joinder.example/claims/confirm/abc</b>\n',
  html: '<p>안녕하세요</p>',
})
const site = (env: Record<string, string> = {}) =>
  createTestApp({ surface: 'public', database, env }).agent()

test('keeps the newest mails and refuses what it is told to refuse', async () => {
  expect(await mailer.send(letter('bounce-1@example.com'))).toMatchObject({
    kind: 'bounced',
    smtpCode: 550,
  })
  expect(await mailer.send(letter('defer@example.com'))).toMatchObject({
    kind: 'deferred',
    smtpCode: 451,
  })
  expect(await readdir(folder)).toEqual([])
  for (let i = 1; i <= 5; i++) {
    expect(await mailer.send(letter(`p${i}@example.com`, `제목 ${i}`))).toEqual({ kind: 'sent' })
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  expect(await readdir(folder)).toHaveLength(3)
})

test('shows them as text with links, and runs nothing of them', async () => {
  const agent = site({ MAIL_CATCHER: folder })
  const list = await agent.get('/dev/mail')
  expect(list.status).toBe(200)
  expect(list.text.indexOf('제목 5')).toBeLessThan(list.text.indexOf('제목 3'))
  expect(list.text).not.toContain('제목 2')
  const path = /\/dev\/mail\/[\w-]+/.exec(list.text)![0]
  const page = await agent.get(path)
  expect(page.text).toContain('href="https://joinder.example/claims/confirm/abc"')
  expect(page.text).toContain('&lt;b&gt;')
  expect(page.text).toContain('p5@example.com')
  expect((await agent.get('/dev/mail/..%2F..%2Fetc')).status).toBe(404)
})

test('shows them as people see them, in a sandbox where nothing runs or loads', async () => {
  const hostile = '<p style="color:#0b5d66">안녕하세요</p><script>alert(1)</script>'
  await mailer.send({ ...letter('html@example.com'), html: hostile })
  const agent = site({ MAIL_CATCHER: folder })
  const [path] = /\/dev\/mail\/[\w-]+/.exec((await agent.get('/dev/mail')).text)!
  expect((await agent.get(path!)).text).toContain(`href="${path}/html"`)
  const { text, headers } = await agent.get(`${path}/html`)
  expect(text).toContain('<p style="color:#0b5d66">안녕하세요</p>')
  const policy = headers['content-security-policy']!.split(';')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain('sandbox allow-popups allow-popups-to-escape-sandbox')
  expect(policy.filter((rule: string) => rule.includes('unsafe'))).toEqual([
    "style-src 'unsafe-inline'",
  ])
  // Only this answer: the page around it keeps the policy of pages.
  expect((await agent.get(path!)).headers['content-security-policy']).not.toContain('unsafe')
  expect((await agent.get('/dev/mail/000000000000000-00000000/html')).status).toBe(404)
})

test('is not there unless the catcher is', async () => {
  for (const path of ['/dev/mail', '/dev/mail/000000000000000-00000000/html']) {
    expect((await site().get(path)).status).toBe(404)
  }
})

test('a line break in a subject or an address makes no header', async () => {
  await mailer.send(letter('x@example.com', 'Hi\r\nBcc: victim@example.com'))
  const agent = site({ MAIL_CATCHER: folder })
  const list = await agent.get('/dev/mail')
  expect(list.text).toContain('Hi Bcc: victim@example.com')
  const smuggled = await mailer.send(letter('x@example.com\r\nBcc: victim@example.com'))
  expect(smuggled.kind).not.toBe('sent')
})

test('only what concerns this recipient or this letter is a bounce', () => {
  const kind = (error: object) => outcomeOf(error).kind
  expect(kind({ code: 'EENVELOPE', command: 'RCPT TO', responseCode: 550 })).toBe('bounced')
  expect(kind({ code: 'EMESSAGE', command: 'DATA', responseCode: 554 })).toBe('bounced')
  expect(kind({ code: 'EENVELOPE', command: 'RCPT TO', responseCode: 450 })).toBe('deferred')
  expect(kind({ code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 550 })).toBe('deferred')
  expect(kind({ code: 'EAUTH', responseCode: 535 })).toBe('deferred')
  expect(kind({ code: 'ECONNECTION' })).toBe('deferred')
})
