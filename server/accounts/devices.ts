import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import type { ProcessConfig } from '../config'
import type { Tx } from '../db/connections'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import { digestToken } from '../vault/verification-secrets'
import { cookieOf } from '../web/cookies'
import { usesHttps } from '../web/sessions'
import { deleteDevices, hasDevice, insertDevice, touchDevice } from './devices.store'

const dayMs = 24 * 3600 * 1000
const tokenShape = /^[\w-]{43}$/

function cookieName(config: ProcessConfig): string {
  return usesHttps(config) ? '__Host-joinder_device' : 'joinder_device'
}

/** The secret by which a browser is known again, or null. It opens nothing. */
export function deviceTokenOf(req: Request, config: ProcessConfig): string | null {
  const token = cookieOf(req, cookieName(config))
  return token !== undefined && tokenShape.test(token) ? token : null
}

export function keepDeviceToken(res: Response, config: ProcessConfig, token: string): void {
  res.cookie(cookieName(config), token, {
    maxAge: config.limits.deviceDays * dayMs,
    httpOnly: true,
    path: '/',
    sameSite: 'strict',
    secure: usesHttps(config),
  })
}

/**
 * Notes in which browser somebody signs in. One that the account has not seen is recorded and mailed
 * about, but for the first of all. Gives the token to keep there: the one it had, or a new one.
 */
export async function noteDevice(
  tx: Tx,
  now: Date,
  person: { id: string; language: 'ko' | 'en' },
  from: { token: string | null; browser: string; knownDays: number },
): Promise<string> {
  await deleteDevices(tx, person.id, new Date(now.getTime() - from.knownDays * dayMs))
  if (from.token !== null && (await touchDevice(tx, person.id, digestToken(from.token), now))) {
    return from.token
  }
  const first = !(await hasDevice(tx, person.id))
  const token = from.token ?? randomBytes(32).toString('base64url')
  const id = newId(now.getTime())
  await insertDevice(tx, {
    id,
    person_id: person.id,
    digest: digestToken(token),
    browser: from.browser,
    first_seen_at: now,
    last_seen_at: now,
  })
  await appendEntry(tx, now, {
    kind: 'person.device_added',
    private: { person: person.id, device: id, first },
  })
  if (!first) {
    await queueMail(tx, {
      template: 'new-device',
      personId: person.id,
      subjectId: id,
      language: person.language,
      at: now,
    })
  }
  return token
}
