import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { appendEntry } from '../../ledger/append-entry'
import { copyKeyOf, openCopies } from '../../vault/claimant-copies'
import { digestToken } from '../../vault/verification-secrets'
import * as store from './access.store'
import type { ClaimCopy, LookedCopy } from './copy-content'

/** What the cookie of a browser leads to. */
export type Access =
  | { state: 'none' }
  /** a mail was asked for; its code can be typed here. `refused`: the last one that was typed was wrong */
  | { state: 'asked'; requestId: string; refused: boolean }
  /** the worker is about to answer */
  | { state: 'waiting'; since: Date }
  /** a mailed link was presented that somebody had just used, or that had run out */
  | { state: 'refused' }
  | { state: 'open'; secret: string; until: Date }

export interface OwnClaim {
  copy: ClaimCopy
  /** as it stands now */
  live: store.LiveClaim
}

/** How far this browser is. */
export async function findAccess(
  { db, clock }: { db: Db; clock: Clock },
  secret: unknown,
): Promise<Access> {
  const key = copyKeyOf(secret)
  const request = key && (await store.selectRequest(db, key.tokenHash, clock.now()))
  if (!request) return { state: 'none' }
  const { id, kind, asked_by: askedBy, outcome } = request
  if (kind === 'link') return { state: 'asked', requestId: id, refused: false }
  if (outcome === null) return { state: 'waiting', since: request.created_at }
  if (outcome === 'opened') {
    return { state: 'open', secret: secret as string, until: request.expires_at }
  }
  return askedBy === null
    ? { state: 'refused' }
    : { state: 'asked', requestId: askedBy, refused: true }
}

/** What a mailed link is good for, looked at without using it: programs that check mail open every link. */
export async function readAccessLink(
  { db, clock }: { db: Db; clock: Clock },
  token: string,
): Promise<'usable' | 'used' | 'expired' | 'unknown'> {
  const link = copyKeyOf(token) && (await store.selectLink(db, digestToken(token)))
  if (!link) return 'unknown'
  if (link.consumed_at !== null) return 'used'
  return link.expires_at <= clock.now() ? 'expired' : 'usable'
}

/** The claims that are open in this browser, the newest first; what was erased since is not among them. */
export async function findOwnClaims(db: Db, secret: string): Promise<OwnClaim[]> {
  const copies = (await openCopies(db, 'claim', secret)) as Map<string, ClaimCopy>
  const live = await store.selectLiveClaims(db, [...copies.keys()])
  return live.flatMap((row) => {
    const copy = copies.get(row.id)
    return copy ? [{ copy, live: row }] : []
  })
}

/** Who looked at one of them; null when it is none of this browser's. */
export async function findOwnHistory(
  db: Db,
  secret: string,
  claimId: string,
): Promise<LookedCopy | null> {
  const copies = (await openCopies(db, 'looked', secret)) as Map<string, LookedCopy>
  return copies.get(claimId) ?? null
}

/** Signs out: what was open in this browser is deleted at once. */
export async function leaveClaims(
  { db, clock }: { db: Db; clock: Clock },
  secret: unknown,
): Promise<void> {
  const key = copyKeyOf(secret)
  const now = clock.now()
  const request = key && (await store.selectRequest(db, key.tokenHash, now))
  if (!request) return
  await db.transaction(async (tx) => {
    await store.leaveClaims(tx, key.tokenHash)
    await appendEntry(tx, now, { kind: 'access.ended', private: { request: request.id } })
  })
}
