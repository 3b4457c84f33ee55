import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import type { Sealer } from '../vault/sealer'
import * as store from './claims.store'
import { confirmationText, type Presented } from './confirmation-box'
import { readLink, type Link } from './mailed-link'

export interface GiveDeps {
  db: Db
  clock: Clock
  sealer: Sealer
}

/**
 * Takes down that the button under a mailed link was pressed; the worker finds out whether the link is
 * right. Nothing on this surface can read it again, and nothing here confirms.
 * @param seen the pack that the page with the button has shown
 * @returns what the link is good for, and where it may still be used, the id of what was taken down
 */
export async function giveLink(
  deps: GiveDeps,
  token: string,
  seen: string | null,
): Promise<{ link: Link; given: string | null }> {
  const link = await readLink(deps, token)
  const unseen = link.pack !== undefined && link.pack !== seen
  if (link.state !== 'usable' || unseen) return { link, given: null }
  return { link, given: await give(deps, link.claim?.id ?? null, { token, seen }) }
}

/**
 * The same for the six-digit code of the newest mail. Whether there is such a claim is answered by the
 * worker alike: nobody learns which claims exist.
 * @returns the id of what was taken down, and whether there is such a claim, for whoever counts and not for
 *   whoever asks; null for what is no code
 */
export async function giveCode(
  deps: GiveDeps,
  number: string,
  typed: string,
  seen: string | null = null,
): Promise<{ given: string; known: boolean } | null> {
  const code = typed.normalize('NFKC').replace(/[\s-]/g, '')
  if (!/^\d{6}$/.test(code)) return null
  const claim = await store.selectClaim(deps.db, { number })
  const given = await give(deps, claim?.id ?? null, { code, seen })
  return { given, known: claim !== undefined }
}

async function give(
  { db, clock, sealer }: GiveDeps,
  claimId: string | null,
  presented: Presented,
): Promise<string> {
  const now = clock.now()
  const id = newId(now.getTime())
  const box = sealer.sealToWorker('confirmation', id, confirmationText(presented))
  await db.transaction(async (tx) => {
    await store.insertConfirmation(tx, { id, claim_id: claimId, box, created_at: now })
    await appendEntry(tx, now, {
      kind: 'confirmation.given',
      ...(claimId !== null && { claimId }),
      private: { confirmation: id, by: 'token' in presented ? 'link' : 'code' },
    })
    await addIntent(tx, 'confirm-claim', { confirmationId: id })
  })
  return id
}
