import { timingSafeEqual } from 'node:crypto'
import { confirmPack } from '../authority/confirm-pack'
import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { once } from '../outbox/effects'
import { digestToken, type VerificationSecrets } from '../vault/verification-secrets'
import type { WorkerVault } from '../vault/vault'
import { transition } from './claim-state'
import { readConfirmation, type Presented } from './confirmation-box'
import * as store from './confirmations.store'
import { linkState, packOf } from './mailed-link'

export interface ConfirmDeps {
  db: Db
  clock: Clock
  vault: Pick<WorkerVault, 'openFromWorkerBox'>
  /** link and code of a verification, derived from its id */
  secretsOf: (id: string) => VerificationSecrets
  config: { limits: { verificationAttempts: number } }
}

type Outcome = 'confirmed' | 'address' | 'refused'

/**
 * Confirms a claim by its mailed link or code: the claim becomes verified, and what was signed and shown
 * above the button is confirmed, in one transaction. Only here is a link or code checked, against what is
 * derived under the worker's own key, so that a public surface that was taken over confirms nothing.
 * Harmless to repeat, and to press twice: what is confirmed stays `confirmed`.
 */
export async function confirmClaim(deps: ConfirmDeps, confirmationId: string): Promise<void> {
  const { db, vault, clock } = deps
  const given = await store.selectGiven(db, confirmationId)
  if (!given || given.box === null) return
  const presented = readConfirmation(
    vault.openFromWorkerBox('confirmation', confirmationId, given.box),
  )
  const how = 'token' in presented ? 'link' : 'code'
  const now = clock.now()
  await db.transaction((tx) =>
    once(tx, `confirm-claim:${confirmationId}`, async () => {
      // The claim first, like everybody who changes it: nobody waits in a circle.
      const claim =
        given.claim_id === null ? undefined : await store.lockForConfirmation(tx, given.claim_id)
      const verification = claim && (await prove(tx, deps, claim.id, presented))
      const outcome: Outcome = verification
        ? await confirm(tx, now, { claim, verification, given, seen: presented.seen, how })
        : 'refused'
      await store.markConfirmation(tx, confirmationId, outcome, now)
      if (outcome !== 'refused') return
      await appendEntry(tx, now, {
        kind: 'confirmation.refused',
        ...(given.claim_id !== null && { claimId: given.claim_id }),
        private: { confirmation: confirmationId, by: how },
      })
    }),
  )
}

/** The verification that this proves, locked; wrong codes are counted on it. */
async function prove(
  tx: Tx,
  { secretsOf, config }: ConfirmDeps,
  claimId: string,
  presented: Presented,
): Promise<store.LockedVerification | null> {
  if ('token' in presented) {
    const found = await store.lockByToken(tx, digestToken(presented.token))
    // Held against the key and not only against the row.
    const right = found?.claim_id === claimId && same(secretsOf(found.id).token, presented.token)
    return right ? found : null
  }
  const newest = await store.lockNewestMailed(tx, claimId)
  if (!newest || newest.attempts >= config.limits.verificationAttempts) return null
  if (same(secretsOf(newest.id).code, presented.code)) return newest
  await store.countWrongCode(tx, newest.id)
  return null
}

function same(right: string, shown: string): boolean {
  const [a, b] = [Buffer.from(right), Buffer.from(shown)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function confirm(
  tx: Tx,
  now: Date,
  {
    claim,
    verification,
    given,
    seen,
    how,
  }: {
    claim: store.LockedClaim
    verification: store.LockedVerification
    given: store.GivenRow
    seen: string | null
    how: 'link' | 'code'
  },
): Promise<Outcome> {
  const found = await packOf(tx, verification)
  const { waiting } = found
  // Pressed in time is in time, however long the worker took.
  const state = linkState(verification, claim, found, given.created_at)
  if (state === 'confirmed') return 'confirmed'
  if (state !== 'usable') return 'refused'
  const pack = waiting === seen ? waiting : null
  // Under a link all of it stands on the page, or nothing counts.
  if (how === 'link' && waiting !== seen) return 'refused'
  if (claim.state === 'unverified') {
    transition(claim.state, 'verify')
    await store.updateVerified(tx, claim.id, now)
    await appendEntry(tx, now, {
      kind: 'claim.verified',
      claimId: claim.id,
      private: { verification: verification.id, how },
    })
  }
  // The link of the same mail stays good for what was signed.
  if (waiting !== null && pack === null) return 'address'
  if (pack !== null) await confirmPack(tx, now, pack, { how, verification: verification.id })
  await store.consumeVerification(tx, verification.id, now)
  return 'confirmed'
}
