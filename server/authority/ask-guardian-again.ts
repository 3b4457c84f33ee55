import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import type { Matter } from '../matters/matter-file'
import { addIntent } from '../outbox/add-intent'
import * as store from './authority.store'
import { findAuthority } from './find-authority'

interface AskDeps {
  db: Db
  clock: Clock
}

/** Whether the guardian of a claim is waited for and the link they were sent has run out. */
export async function hasGuardianLinkExpired(
  { db, clock }: AskDeps,
  claim: { id: string; firm_id: string },
  matter: Matter,
): Promise<boolean> {
  if ((await findAuthority(db, claim, matter)) !== 'guardian') return false
  const link = await store.selectNewestGuardianLink(db, claim.id)
  return link !== undefined && link.consumed_at === null && link.expires_at <= clock.now()
}

/** Asks for another link to the guardian, once the last one has run out; harmless to repeat. */
export async function askGuardianAgain(
  deps: AskDeps,
  claim: { id: string; firm_id: string },
  matter: Matter,
): Promise<void> {
  if (!(await hasGuardianLinkExpired(deps, claim, matter))) return
  const packs = await store.selectPacks(deps.db, claim.id)
  const own = packs.find(({ signer, confirmed_at: at }) => signer === 'claimant' && at !== null)
  if (!own) return
  const now = deps.clock.now()
  await deps.db.transaction(async (tx) => {
    await appendEntry(tx, now, {
      kind: 'authority.requested',
      claimId: claim.id,
      private: { pack: own.id, for: 'guardian_link' },
    })
    await addIntent(tx, 'invite-guardian', { packId: own.id })
  })
}
