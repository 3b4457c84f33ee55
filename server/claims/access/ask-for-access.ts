import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { newId } from '../../kernel/ids'
import { appendEntry } from '../../ledger/append-entry'
import { addIntent } from '../../outbox/add-intent'
import { copyKeyOf, newCopySecret } from '../../vault/claimant-copies'
import type { Sealer, WorkerPurpose } from '../../vault/sealer'
import * as store from './access.store'

export interface AskDeps {
  db: Db
  clock: Clock
  sealer: Sealer
  config: { limits: { accessHours: number } }
}

/** By what a visitor asks to be let in. */
export type Proof =
  /** the mailed link */
  | { token: string }
  /** six digits, and the request for the mail they are from */
  | { code: string; askedBy: string }

const hourMs = 60 * 60 * 1000

/**
 * Asks the worker to mail a link to an address. Nothing is looked up here, so that everyone is answered the
 * same in the same time, and nothing can read the address again.
 * @returns a secret for the browser's cookie, in which the code will count
 */
export async function askForLink(deps: AskDeps, email: string): Promise<string> {
  return ask(deps, 'link', null, { purpose: 'access_email', text: email })
}

/**
 * Asks the worker to let this browser in; it answers within a second or two, and nothing here knows whether
 * the proof is right. Each try has a new secret, and with it a new key.
 * @returns the secret
 */
export async function askToOpen(deps: AskDeps, proof: Proof): Promise<string> {
  return 'token' in proof
    ? ask(deps, 'open', null, { purpose: 'access_token', text: proof.token })
    : ask(deps, 'open', proof.askedBy, { purpose: 'access_code', text: proof.code })
}

async function ask(
  { db, clock, sealer, config }: AskDeps,
  kind: 'link' | 'open',
  askedBy: string | null,
  told: { purpose: WorkerPurpose; text: string },
): Promise<string> {
  const now = clock.now()
  const id = newId(now.getTime())
  const secret = newCopySecret()
  await db.transaction(async (tx) => {
    await store.insertRequest(tx, {
      id,
      kind,
      key: copyKeyOf(secret)!,
      askedBy,
      box: sealer.sealToWorker(told.purpose, id, told.text),
      now,
      expiresAt: new Date(now.getTime() + config.limits.accessHours * hourMs),
    })
    await appendEntry(tx, now, { kind: 'access.requested', private: { request: id, for: kind } })
    await addIntent(tx, 'answer-access', { requestId: id })
  })
  return secret
}
