import { createHash } from 'node:crypto'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { canonicalJson } from '../ledger/canonical-json'
import { appendEntry } from '../ledger/append-entry'
import { selectAccounts, type ListedAccount } from './accounts.store'
import { findSigner } from './find-signer'
import { insertReview, selectFirstAccount, selectLastReview } from './rights.store'

export interface ReviewDeps {
  db: Db
  clock: Clock
  config: { limits: { reviewDays: number } }
}

const dayMs = 24 * 3600 * 1000

export interface ReviewState {
  last: { name: string; at: Date } | null
  /** by then the next has to be signed */
  dueAt: Date
  overdue: boolean
}

/** When accounts were last reviewed, and whether it is time again. */
export async function reviewState(deps: ReviewDeps, actorId: string): Promise<ReviewState> {
  return asActor(deps.db, actorId, async (tx) => {
    const now = deps.clock.now()
    const last = await selectLastReview(tx)
    const since = last?.signed_at ?? (await selectFirstAccount(tx)) ?? now
    const dueAt = new Date(since.getTime() + deps.config.limits.reviewDays * dayMs)
    return {
      last: last ? { name: last.signed_name, at: last.signed_at } : null,
      dueAt,
      overdue: dueAt <= now,
    }
  })
}

/** SHA-256, hex, over who may do what: what a review signs, and by which a list that changed is noticed. */
export function listHash(accounts: readonly ListedAccount[]): string {
  const rights = accounts.map(({ id, role, firm_id, state }) => ({
    id,
    role,
    firm: firm_id,
    state,
  }))
  return createHash('sha256').update(canonicalJson(rights)).digest('hex')
}

export type Reviewed = 'signed' | 'name' | 'changed'

/**
 * Signs, with one's own name, that every account is still needed as it is. `name`: it is not the signer's
 * own; `changed`: the list is not the one that was shown.
 */
export async function signReview(
  { db, clock }: ReviewDeps,
  by: string,
  given: { name: string; list: string },
): Promise<Reviewed> {
  return asActor(db, by, async (tx): Promise<Reviewed> => {
    const now = clock.now()
    const signer = await findSigner(tx, by, given.name)
    if (!signer) return 'name'
    const accounts = await selectAccounts(tx)
    const hash = listHash(accounts)
    if (hash !== given.list) return 'changed'
    const id = newId(now.getTime())
    await insertReview(tx, {
      id,
      signed_by: by,
      signed_name: signer.name,
      signed_at: now,
      accounts: accounts.length,
      list_sha256: Buffer.from(hash, 'hex'),
    })
    await appendEntry(tx, now, {
      kind: 'access.reviewed',
      private: { review: id, by, accounts: accounts.length, list: hash },
    })
    return 'signed'
  })
}
