import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { simpleParser, type ParsedMail } from 'mailparser'
import { SMTPServer } from 'smtp-server'

export interface ReceivedMail {
  to: string
  subject: string
  text: string
  html: string
  messageId: string
  parsed: ParsedMail
  raw: string
}

export interface Mailbox {
  url: string
  mails: ReceivedMail[]
  /** What a recipient is answered; a code to refuse with, or nothing to take the mail. */
  answerTo: (answer: (address: string) => number | undefined) => void
  /** Resolves with the first mail that fits, whenever it comes; rejects after `ms`. */
  waitFor: (fits: (mail: ReceivedMail) => boolean, ms?: number) => Promise<ReceivedMail>
  close(): Promise<void>
}

/** A real SMTP server in this process that keeps what it gets, decoded. */
export async function openMailbox(): Promise<Mailbox> {
  const mails: ReceivedMail[] = []
  const waiting = new Set<() => void>()
  let answer: (address: string) => number | undefined = () => undefined
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo({ address }, _session, done) {
      const code = answer(address)
      if (code === undefined) return done()
      done(Object.assign(new Error('refused by the test'), { responseCode: code }))
    },
    onData(stream, session, done) {
      void (async () => {
        const raw = await buffer(stream)
        const parsed = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true })
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address).join(','),
          subject: parsed.subject ?? '',
          text: parsed.text ?? '',
          html: parsed.html || '',
          messageId: parsed.messageId ?? '',
          parsed,
          raw: raw.toString('latin1'),
        })
        done()
        for (const wake of waiting) wake()
      })()
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo

  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    answerTo: (next) => {
      answer = next
    },
    waitFor: (fits, ms = 15_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          const got = mails.map(({ to, subject }) => `${to}: ${subject}`).join('\n')
          reject(new Error(`no such mail within ${ms} ms; got\n${got}`))
        }, ms)
        const look = () => {
          const found = mails.find(fits)
          if (!found) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
