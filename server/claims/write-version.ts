import type { Tx } from '../db/connections'
import type { ClaimForm } from '../matters/form-schema'
import { renewCopies } from '../vault/claimant-copies'
import type { WorkerVault } from '../vault/vault'
import { claimCopyOf } from './access/claim-copy'
import type { ClaimContent } from './claim-content'
import { personOf } from './person-of'
import * as store from './worker.store'

/** What the entry of a further version says of it. */
export interface VersionFacts {
  /** SHA-256 of the ciphertext that is replaced, and of the one that takes its place, hex */
  from: string
  to: string
  version: number
}

/**
 * Seals a further version of what a claimant sent and puts it in force, with its blind indexes, in the
 * caller's transaction. The claim's row must be locked, and the content made from the version in force.
 */
export async function writeVersion(
  tx: Tx,
  now: Date,
  { vault }: { vault: Pick<WorkerVault, 'sealNextVersion' | 'blindIndexes'> },
  claim: store.WorkerClaim,
  { form, content }: { form: ClaimForm; content: ClaimContent },
): Promise<VersionFacts> {
  const from = await store.selectRecordHash(tx, claim.id, claim.version)
  const version = claim.version + 1
  const to = await vault.sealNextVersion(tx, now, { claimId: claim.id, version, answers: content })
  await store.updateClaim(tx, claim.id, { version })
  await store.replaceBlindIndexes(tx, claim, vault.blindIndexes(personOf(form, content)))
  // Whoever has the claim open sees what is in force now.
  await renewCopies(tx, { kind: 'claim', claimId: claim.id }, async () => ({
    content: await claimCopyOf(tx, claim, form, content),
  }))
  return { from: from.toString('hex'), to: to.toString('hex'), version }
}
