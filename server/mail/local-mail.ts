import { join } from 'node:path'
import type { Config } from '../config'
import { startCatcher } from './catcher'

export interface LocalMail {
  /** For the worker. */
  SMTP_URL: string
  /** For the public surface, while mail is caught: where /dev/mail reads it. */
  MAIL_CATCHER?: string
  stop(): Promise<void>
}

/** The mail server that was named, or else a catcher on this machine, from which nothing leaves. */
export async function startLocalMail(config: Config): Promise<LocalMail> {
  if (config.smtpUrl !== null) return { SMTP_URL: config.smtpUrl, stop: async () => {} }
  const folder = join(config.home, 'mail')
  const catcher = await startCatcher({
    host: '127.0.0.1',
    port: 0,
    folder,
    keep: config.limits.catcherMails,
  })
  return { SMTP_URL: catcher.url, MAIL_CATCHER: folder, stop: () => catcher.close() }
}
