import type { Db, Tx } from '../db/connections'
import type { BlindIndex, SealedText } from '../vault/vault'
import type { Role } from '../web/person'

/** The tables claim_searches and claim_search_keys; of others, what a search is answered from. */

export type SearchKind = 'number' | 'email' | 'phone' | 'name_birth'
export const searchReasons = ['telephone', 'written', 'visited', 'firm'] as const
export type SearchReason = (typeof searchReasons)[number]

/** Counts searches of one person one after the other, so that fifty at once do not pass the number together. */
export async function holdSearches(tx: Tx, personId: string): Promise<void> {
  await tx.raw(`select pg_advisory_xact_lock(hashtextextended('search ' || ?, 0))`, [personId])
}

/** Searches of one person since then, up to a moment if there is one. */
export async function countSearches(
  tx: Tx,
  personId: string,
  { since, until }: { since: Date; until?: Date },
): Promise<number> {
  const rows = await tx('claim_searches')
    .where({ person_id: personId })
    .where('asked_at', '>', since)
    .modify((query) => until && query.where('asked_at', '<=', until))
    .count<{ count: number }[]>()
  return rows[0]!.count
}

/** A search for what only a person tells, to be answered by the worker. */
export async function insertSearch(
  tx: Tx,
  search: {
    id: string
    personId: string
    kind: Exclude<SearchKind, 'number'>
    reason: SearchReason
    box: Buffer
    at: Date
  },
  why: SealedText,
): Promise<void> {
  await tx('claim_searches').insert({
    id: search.id,
    person_id: search.personId,
    kind: search.kind,
    reason: search.reason,
    why: why.ciphertext,
    why_sha256: why.sha256,
    box: search.box,
    asked_at: search.at,
  })
  await tx('claim_search_keys').insert({ search_id: search.id, wrapped: why.wrapped })
}

/** A claim's number that was typed: answered as soon as it was asked. */
export async function insertNumberSearch(
  tx: Tx,
  search: { id: string; personId: string; hits: number; at: Date },
): Promise<void> {
  await tx('claim_searches').insert({
    id: search.id,
    person_id: search.personId,
    kind: 'number',
    asked_at: search.at,
    handled_at: search.at,
    outcome: 'answered',
    hits: search.hits,
  })
}

export interface SearchRow {
  id: string
  person_id: string
  kind: SearchKind
  reason: SearchReason | null
  asked_at: Date
  handled_at: Date | null
  outcome: 'answered' | 'refused' | 'lapsed' | null
  hits: number | null
  entry_id: string | null
  /** of whoever searched */
  name: string
}

/** One's own search, or anybody's for an administrator. */
export async function selectSearch(tx: Tx, id: string): Promise<SearchRow | undefined> {
  return tx('claim_searches as s')
    .join('people as p', 'p.id', 's.person_id')
    .where('s.id', id)
    .first<SearchRow | undefined>(
      ...['id', 'person_id', 'kind', 'reason', 'asked_at', 'handled_at', 'outcome', 'hits'].map(
        (column) => `s.${column}`,
      ),
      's.entry_id',
      'p.name',
    )
}

/** Ids of the claims that an opening names. */
export async function selectFound(tx: Tx, entryId: string): Promise<string[]> {
  return tx('opening_claims').where({ entry_id: entryId }).pluck('claim_id')
}

/** Why, sealed; undefined once its key was destroyed. */
export async function selectWhy(tx: Tx, id: string): Promise<SealedText | undefined> {
  return tx('claim_searches as s')
    .join('claim_search_keys as k', 'k.search_id', 's.id')
    .where('s.id', id)
    .first<SealedText | undefined>('s.why as ciphertext', 's.why_sha256 as sha256', 'k.wrapped')
}

export interface WaitingSearch {
  id: string
  person_id: string
  kind: SearchKind
  reason: SearchReason
  why_sha256: Buffer
  box: Buffer
  asked_at: Date
}

/** The worker's: a search that waits for its answer, held until the transaction ends. */
export async function lockWaiting(tx: Tx, id: string): Promise<WaitingSearch | undefined> {
  return tx('claim_searches')
    .where({ id })
    .whereNull('handled_at')
    .forUpdate()
    .first<WaitingSearch | undefined>(
      'id',
      'person_id',
      'kind',
      'reason',
      'why_sha256',
      'box',
      'asked_at',
    )
}

/** What was typed goes with the answer. */
export async function markHandled(
  tx: Tx,
  id: string,
  handled: {
    at: Date
    outcome: NonNullable<SearchRow['outcome']>
    hits?: number
    entryId?: string
  },
): Promise<void> {
  await tx('claim_searches')
    .where({ id })
    .update({
      box: null,
      handled_at: handled.at,
      outcome: handled.outcome,
      hits: handled.hits ?? null,
      entry_id: handled.entryId ?? null,
    })
}

/** What somebody may now, whatever they might when they asked; undefined when they may not sign in. */
export async function selectActiveRole(tx: Tx, personId: string): Promise<Role | undefined> {
  const row = await tx('people')
    .where({ id: personId, state: 'active' })
    .first<{ role: Role } | undefined>('role')
  return row?.role
}

/** Claims that have one of these indexes, the newest first. */
export async function selectClaimsWith(
  tx: Tx,
  indexes: BlindIndex[],
  limit: number,
): Promise<string[]> {
  return tx('blind_indexes as b')
    .join('claims as c', 'c.id', 'b.claim_id')
    .where('b.kind', indexes[0]!.kind)
    .whereIn(
      'b.value',
      indexes.map(({ value }) => value),
    )
    .groupBy('c.id')
    .orderBy([
      { column: 'c.filed_at', order: 'desc' },
      { column: 'c.id', order: 'desc' },
    ])
    .limit(limit)
    .pluck('c.id')
}

/** Searches that have waited since before then, the oldest first. */
export async function selectWaitingSince(db: Db, before: Date, limit: number): Promise<string[]> {
  return db('claim_searches')
    .whereNull('handled_at')
    .where('asked_at', '<', before)
    .orderBy('asked_at')
    .limit(limit)
    .pluck('id')
}
