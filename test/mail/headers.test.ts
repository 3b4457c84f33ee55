import { createHash, generateKeyPairSync, verify, type KeyObject } from 'node:crypto'
import { loadConfig } from '../../server/config'
import { createMailer, type Letter } from '../../server/mail/transport'
import { openMailbox, type Mailbox, type ReceivedMail } from '../support/mailbox'
import { sampleLetter } from '../support/sample-letters'

let mailbox: Mailbox
beforeAll(async () => {
  mailbox = await openMailbox()
})
afterAll(() => mailbox.close())

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const site = {
  MAIL_FROM: 'Joinder <no-reply@joinder.example>',
  PUBLIC_URL: 'https://joinder.example',
}
const signing = { DKIM_DOMAIN: 'joinder.example', DKIM_SELECTOR: 'k2026', DKIM_KEY: pem }

/** Sends a real letter with these settings and hands back what arrived. */
async function arrived(env: Record<string, string>): Promise<ReceivedMail> {
  const mailer = createMailer(loadConfig({ ...site, ...env }), mailbox.url)
  const letter: Letter = {
    mailId: crypto.randomUUID(),
    to: 'minjun@example.com',
    language: 'ko',
    ...(await sampleLetter('verify-claim', 'ko')),
  }
  expect(await mailer.send(letter)).toEqual({ kind: 'sent' })
  mailer.close()
  return mailbox.waitFor(({ messageId }) => messageId === `<${letter.mailId}@joinder.example>`)
}

test('carries what a mail of a program carries, and nothing that follows people', async () => {
  const mail = await arrived({})
  const { headers, date, from } = mail.parsed
  expect([...headers.keys()].toSorted()).toEqual([
    'auto-submitted',
    'content-language',
    'content-type',
    'date',
    'from',
    'message-id',
    'mime-version',
    'subject',
    'to',
    'x-auto-response-suppress',
  ])
  expect(headers.get('auto-submitted')).toBe('auto-generated')
  expect(Math.abs(date!.getTime() - Date.now())).toBeLessThan(60_000)
  expect(from!.value).toEqual([{ address: 'no-reply@joinder.example', name: 'Joinder' }])
  expect(mail.raw).toMatch(/Content-Type: multipart\/alternative/)
})

test('answers go to the operator where one is named', async () => {
  const mail = await arrived({ OPERATOR_CONTACT: 'help@joinder.example' })
  expect(mail.parsed.replyTo!.value).toEqual([{ address: 'help@joinder.example', name: '' }])
})

test('is signed so that its receiver can check it, when a key is set', async () => {
  const mail = await arrived(signing)
  const { tags, signedFields } = checkDkim(mail.raw, keys.publicKey)
  expect(tags).toMatchObject({ d: 'joinder.example', s: 'k2026', a: 'rsa-sha256' })
  expect(signedFields).toEqual(
    expect.arrayContaining(['from', 'to', 'subject', 'date', 'message-id', 'content-type']),
  )
  const changed = mail.raw.replace('joinder.example/claims', 'joinder.evil.example/claims')
  expect(changed).not.toBe(mail.raw)
  expect(() => checkDkim(changed, keys.publicKey)).toThrow('body')
  const renamed = mail.raw.replace('From: Joinder', 'From: Bank')
  expect(() => checkDkim(renamed, keys.publicKey)).toThrow('signature')
})

test('is not signed when none is', async () => {
  expect((await arrived({})).raw).not.toMatch(/dkim-signature/i)
})

/**
 * RFC 6376 by hand, relaxed/relaxed: the hash of the body, then the signature over the named fields.
 * @throws Error naming which of the two does not fit
 */
function checkDkim(raw: string, publicKey: KeyObject) {
  const end = raw.indexOf('\r\n\r\n')
  const fields = raw
    .slice(0, end)
    .split(/\r\n(?![ \t])/)
    .map((field) => ({ name: field.slice(0, field.indexOf(':')).toLowerCase(), field }))
  const relaxed = (field: string) =>
    `${field.slice(0, field.indexOf(':')).toLowerCase().trim()}:${field
      .slice(field.indexOf(':') + 1)
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim()}`
  const signature = fields.find(({ name }) => name === 'dkim-signature')!.field
  const tags = Object.fromEntries(
    relaxed(signature)
      .slice('dkim-signature:'.length)
      .split(';')
      .map((tag) => [
        tag.slice(0, tag.indexOf('=')).trim(),
        tag.slice(tag.indexOf('=') + 1).trim(),
      ]),
  ) as Record<string, string>
  expect(tags['c']).toBe('relaxed/relaxed')

  const lines = raw.slice(end + 4).split('\r\n')
  const body = `${lines
    .map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
    .join('\r\n')
    .replace(/(\r\n)*$/, '')}\r\n`
  const hash = createHash('sha256').update(body, 'latin1').digest('base64')
  if (hash !== tags['bh']) throw new Error('the body is another')

  const signedFields = tags['h']!.split(':').map((name) => name.trim())
  const signed = [
    ...signedFields.map((name) => relaxed(fields.find((one) => one.name === name)!.field)),
    relaxed(signature).replace(/([;\s]b=)[^;]*/, '$1'),
  ].join('\r\n')
  const value = Buffer.from(tags['b']!.replace(/\s/g, ''), 'base64')
  if (!verify('sha256', Buffer.from(signed, 'latin1'), publicKey, value)) {
    throw new Error('the signature does not fit')
  }
  return { tags, signedFields }
}
