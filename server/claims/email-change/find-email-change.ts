import type { Db } from '../../db/connections'
import { isId } from '../../kernel/ids'
import { digestToken } from '../../vault/verification-secrets'
import type { Side } from './change-state'
import * as store from './public.store'

export type { ShownAnswer, ShownChange } from './public.store'

const tokenShape = /^[A-Za-z0-9_-]{43}$/

/** A change of address, and the number and case of its claim. */
export interface FoundChange {
  change: store.ShownChange
  claim: store.ClaimOfChange
}

/** What a mailed link is about, looked at without using it: programs that check mail open every link. */
export async function findByLink(
  db: Db,
  token: string,
): Promise<(FoundChange & { side: Side }) | null> {
  const found = tokenShape.test(token) && (await store.selectByToken(db, digestToken(token)))
  const claim = found && (await store.selectClaim(db, { id: found.change.claim_id }))
  return found && claim ? { ...found, claim } : null
}

/** The newest change of a claim that is open in a browser. */
export async function findNewestChange(db: Db, claimId: string): Promise<store.ShownChange | null> {
  return (await store.selectNewest(db, claimId)) ?? null
}

/** What came of a press or a code. */
export async function findAnswer(
  db: Db,
  id: string,
): Promise<(store.ShownAnswer & { claim: store.ClaimOfChange | null }) | null> {
  const answer = isId(id) ? await store.selectAnswer(db, id) : undefined
  if (!answer) return null
  const claim = answer.change && (await store.selectClaim(db, { id: answer.change.claim_id }))
  return { ...answer, claim: claim ?? null }
}
