import type { ClaimContent } from '../claims/claim-content'
import type { Db, Tx } from '../db/connections'
import type { NoticeVault } from '../vault/notices'
import { insertClaimNotice, selectConfirmed, selectSameNotice } from './notices.store'

/**
 * Notes, in the caller's transaction, that the person of a new claim proved to be a member: only where the
 * ticket that came with it is one of the worker's own. Harmless to repeat.
 * @returns whether it is confirmed; null when no notice was named
 */
export async function noteNotice(
  tx: Tx,
  now: Date,
  { notices }: { notices: NoticeVault },
  claim: { id: string; matter_id: string },
  notice: ClaimContent['notice'],
): Promise<boolean | null> {
  if (!notice) return null
  const named = { matterId: claim.matter_id, id: notice.id }
  if (!notices.isTicket(named, notice.ticket)) return false
  await insertClaimNotice(tx, {
    claim_id: claim.id,
    matter_id: claim.matter_id,
    notice_index: notices.claimIndex(named),
    noted_at: now,
  })
  return true
}

/** Of these claims, those whose notice is confirmed. */
export async function findConfirmedNotices(
  db: Db | Tx,
  claimIds: string[],
): Promise<ReadonlySet<string>> {
  return new Set(claimIds.length > 0 ? await selectConfirmed(db, claimIds) : [])
}

/** What moderators see of a claim's notice without opening anything. */
export interface NoticeFacts {
  confirmed: boolean
  /** other claims with the same notice, the earliest first: a sign, never a reason by itself */
  same: { id: string; number: string; filed_at: Date }[]
}

/** The same in the transaction of whoever looks. */
export async function findNoticeFacts(tx: Tx, claimId: string, rows: number): Promise<NoticeFacts> {
  const [confirmed] = await selectConfirmed(tx, [claimId])
  return {
    confirmed: confirmed !== undefined,
    same: confirmed === undefined ? [] : await selectSameNotice(tx, claimId, rows),
  }
}
