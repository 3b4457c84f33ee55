import { createTransport } from 'nodemailer'
import type { Config } from '../config'

export interface Letter {
  /** Stays the same however often this mail is tried. */
  mailId: string
  to: string
  language: 'ko' | 'en'
  subject: string
  text: string
  html: string
  /** Where a POST without cookies ends mails of this kind (RFC 8058), and a person finds the button. */
  unsubscribe?: string
}

/** What the mail server said: taken, refused for good, or not now (or not reached at all). */
export type Outcome =
  { kind: 'sent' } | { kind: 'bounced' | 'deferred'; smtpCode: number | null; why: string }

export interface Mailer {
  send(letter: Letter): Promise<Outcome>
  close(): void
}

/**
 * Mail by SMTP over a few kept connections. Never throws for what a server or a network does, because
 * its caller decides by the outcome; the outcome holds codes only, never an address.
 */
export function createMailer(
  config: Pick<Config, 'mailFrom' | 'publicUrl' | 'limits' | 'dkim' | 'operatorContact'>,
  smtpUrl: string,
): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: config.limits.mailConnections,
    connectionTimeout: 20_000,
    greetingTimeout: 20_000,
    socketTimeout: 60_000,
    // Nothing that is put into a letter may make this process read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(config.dkim && {
      dkim: {
        domainName: config.dkim.domain,
        keySelector: config.dkim.selector,
        privateKey: config.dkim.privateKey,
      },
    }),
  })
  const host = new URL(config.publicUrl).hostname

  return {
    async send(letter) {
      try {
        await transport.sendMail({
          from: config.mailFrom,
          to: { name: '', address: letter.to },
          subject: letter.subject,
          text: letter.text,
          html: letter.html,
          ...(config.operatorContact !== null && { replyTo: config.operatorContact }),
          // Date is that of the attempt: one that goes out days later must not hide among old mail.
          messageId: `<${letter.mailId}@${host}>`,
          headers: {
            'Auto-Submitted': 'auto-generated',
            'X-Auto-Response-Suppress': 'All',
            'Content-Language': letter.language,
            // DKIM covers both, which is what lets mail programs show the button.
            ...(letter.unsubscribe && {
              'List-Unsubscribe': `<${letter.unsubscribe}>`,
              'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
            }),
          },
        })
        return { kind: 'sent' }
      } catch (error) {
        return outcomeOf(error)
      }
    },
    close: () => transport.close(),
  }
}

/**
 * A 5xx answer to the recipient or to the letter itself is for good. Any other refusal (of our sign-in,
 * of our sender address) is a fault on our side and is tried again, as is every network error.
 */
export function outcomeOf(error: unknown): Outcome {
  const { code, command, responseCode } = error as {
    code?: unknown
    command?: unknown
    responseCode?: unknown
  }
  const smtpCode = typeof responseCode === 'number' ? responseCode : null
  const why = typeof code === 'string' ? code : 'unknown'
  const refused = code === 'EMESSAGE' || (code === 'EENVELOPE' && command === 'RCPT TO')
  const forGood = refused && smtpCode !== null && smtpCode >= 500
  return { kind: forGood ? 'bounced' : 'deferred', smtpCode, why }
}
