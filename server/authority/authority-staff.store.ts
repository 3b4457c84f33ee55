import type { Db, Tx } from '../db/connections'
import type { Cursor } from '../web/cursor'

/** What staff and counsel read of packs: numbers, moments and hashes; and the samples they draw. */

export interface FactsRow {
  claim_id: string
  number: string
  filed_at: Date
  /** '<firm id> <documents>'; empty for none */
  key: string
  waiting: boolean
  pack_id: string | null
  guardian_pack_id: string | null
  documents: string | null
  signed_at: Date | null
  confirmed_at: Date | null
  confirmed_how: 'link' | 'code' | null
  document_sha256: Buffer | null
  guardian_sha256: Buffer | null
  /** place of the confirmation in the ledger */
  index: number | null
  /** whether the paper is made */
  has_paper: boolean
}

const columns = `a.claim_id, a.number, a.filed_at, a.key, a.waiting, a.pack_id, a.guardian_pack_id,
  p.documents, p.signed_at, p.confirmed_at, p.confirmed_how, p.document_sha256,
  g.document_sha256 as guardian_sha256, l.index, r.pack_id is not null as has_paper`
const joins = `left join authority_packs p on p.id = a.pack_id
  left join authority_packs g on g.id = a.guardian_pack_id
  left join ledger_leaves l on l.entry_id = p.entry_id
  left join papers r on r.pack_id = a.pack_id`

/** Of claims of one matter, by number; of one that dropped out since, nothing. */
export async function selectFactsByNumber(
  tx: Tx,
  matterId: string,
  numbers: string[],
): Promise<FactsRow[]> {
  const found = await tx.raw<{ rows: FactsRow[] }>(
    `select ${columns} from claim_authority a ${joins}
     where a.matter_id = ? and a.number = any(?::text[])`,
    [matterId, numbers],
  )
  return found.rows
}

export async function selectFacts(db: Db | Tx, claimIds: string[]): Promise<FactsRow[]> {
  const found = await db.raw<{ rows: FactsRow[] }>(
    `select ${columns} from claim_authority a ${joins} where a.claim_id = any(?::uuid[])`,
    [claimIds],
  )
  return found.rows
}

/** Which packs there are of a matter, by firm and documents, and how many claims have each. */
export async function selectCounts(
  tx: Tx,
  matterId: string,
): Promise<{ key: string; claims: number }[]> {
  const found = await tx.raw<{ rows: { key: string; claims: number }[] }>(
    `select key, sum(claims)::bigint as claims from authority_counts
     where matter_id = ? group by key having sum(claims) > 0`,
    [matterId],
  )
  return found.rows
}

/**
 * A page of the index in the order of filing; `keys` narrows it. Each key is asked for by itself, so that few
 * incomplete ones are found among many others.
 */
export async function selectIndexRows(
  tx: Tx,
  page: {
    matterId: string
    keys: string[] | null
    behind: Cursor | null
    order: 'asc' | 'desc'
    limit: number
  },
): Promise<FactsRow[]> {
  const { matterId, keys, behind, order, limit } = page
  const past = behind ? `and (filed_at, claim_id) ${order === 'asc' ? '>' : '<'} (:at, :id)` : ''
  const values = {
    matterId,
    limit,
    keys: keys ?? [],
    at: behind?.at ?? null,
    id: behind?.id ?? null,
  }
  const sorted = `order by filed_at ${order}, claim_id ${order} limit :limit`
  const one = (where: string) =>
    `select * from claim_authority where matter_id = :matterId ${where} ${past} ${sorted}`
  const from =
    keys === null
      ? `(${one('')})`
      : `(select part.* from unnest(cast(:keys as text[])) as k (wanted),
           lateral (${one('and key = k.wanted')}) part ${sorted})`
  const found = await tx.raw<{ rows: FactsRow[] }>(
    `select ${columns} from ${from} a ${joins} order by a.filed_at ${order}, a.claim_id ${order}`,
    values as never,
  )
  return found.rows
}

/** Papers of a claim that this person may read. */
export async function selectReadable(
  tx: Tx,
  claimId: string,
): Promise<{ id: string; number: string; matter_id: string }[]> {
  return tx('authority_packs as p')
    .join('papers as r', 'r.pack_id', 'p.id')
    .join('claims as c', 'c.id', 'p.claim_id')
    .where('p.claim_id', claimId)
    .orderBy('p.signed_at', 'desc')
    .select('p.id', 'c.number', 'p.matter_id')
}
