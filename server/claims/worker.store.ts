import type { Db, Tx } from '../db/connections'
import type { BlindIndex } from '../vault/vault'
import { redrive } from '../outbox/redrive'
import type { ClaimState } from './claim-state'
import type { AskedFrom, RequestKind } from './request-limits'

/** What only the worker reads and writes of claims. */

export interface WorkerClaim {
  id: string
  number: string
  matter_id: string
  form_version: number
  language: 'ko' | 'en'
  state: ClaimState
  version: number
  filed_at: Date
  screened_at: Date | null
}

const columns = [
  'id',
  'number',
  'matter_id',
  'form_version',
  'language',
  'state',
  'version',
  'filed_at',
  'screened_at',
] as const

export async function selectWorkerClaim(db: Db, id: string): Promise<WorkerClaim | undefined> {
  return db('claims').where({ id }).first<WorkerClaim | undefined>(columns)
}

/**
 * The claim, locked until the transaction ends; rows may still refer to it, so that two claims of one
 * person that are screened at once do not wait for each other in a circle.
 */
export async function lockClaim(tx: Tx, id: string): Promise<WorkerClaim | undefined> {
  return tx('claims').where({ id }).forNoKeyUpdate().first<WorkerClaim | undefined>(columns)
}

export async function updateClaim(
  tx: Tx,
  id: string,
  change: {
    screened_at?: Date
    duplicate_of?: string | null
    bounced_at?: null
    version?: number
    state?: ClaimState
    assigned_to?: null
    decided_by?: null
    decided_at?: null
    decision_reason?: null
    cure_due_at?: null
  },
): Promise<void> {
  await tx('claims')
    .where({ id })
    .update({ ...change, revision: tx.raw('revision + 1') })
}

export async function selectDecidedAt(tx: Tx, id: string): Promise<Date | null> {
  const row = await tx('claims')
    .where({ id })
    .first<{ decided_at: Date | null } | undefined>('decided_at')
  return row?.decided_at ?? null
}

/** Whether the newest mail came back; no change of the claim that a page would be stale for. */
export async function setBounced(tx: Tx, id: string, at: Date | null): Promise<void> {
  const claim = tx('claims').where({ id })
  await (at ? claim : claim.whereNotNull('bounced_at')).update({ bounced_at: at })
}

/** Puts the blind indexes of a claim in place of those it had. */
export async function replaceBlindIndexes(
  tx: Tx,
  claim: Pick<WorkerClaim, 'id' | 'matter_id'>,
  indexes: BlindIndex[],
): Promise<void> {
  await tx('blind_indexes').where({ claim_id: claim.id }).delete()
  await tx('blind_indexes').insert(
    indexes.map(({ kind, value }) => ({
      kind,
      value,
      matter_id: claim.matter_id,
      claim_id: claim.id,
    })),
  )
}

export interface EarlierClaim {
  id: string
  number: string
  state: ClaimState
}

/**
 * Another claim in the same matter with the same address and the same name and birth date: a confirmed
 * one before all others, else the unconfirmed one filed first. Families share addresses and phones, so
 * neither is enough. The lock makes two claims of one person, screened at once, see each other.
 */
export async function findEarlierClaim(
  tx: Tx,
  claim: Pick<WorkerClaim, 'id' | 'matter_id' | 'filed_at'>,
): Promise<EarlierClaim | undefined> {
  await tx.raw(
    `select pg_advisory_xact_lock(hashtextextended(encode(value, 'hex'), 0))
     from blind_indexes where claim_id = ? and kind = 'name_birth'`,
    [claim.id],
  )
  // A statement of its own, so that it sees what was committed while the lock was awaited.
  const found = await tx.raw<{ rows: EarlierClaim[] }>(
    `select c.id, c.number, c.state
     from blind_indexes mine
     join blind_indexes same using (kind, value, matter_id)
     join claims c on c.id = same.claim_id
     where mine.claim_id = :id and mine.kind in ('email', 'name_birth') and c.id <> :id
       -- Each heir of a household has a claim of their own of the same person who died.
       and not exists (select from household_claims own join household_claims theirs using (household_id)
         where own.claim_id = :id and theirs.claim_id = c.id and 'heir' in (own.role, theirs.role))
       and (c.state not in ('unverified', 'expired', 'withdrawn', 'erased')
         or (c.state = 'unverified' and (c.filed_at, c.id) < (cast(:filedAt as timestamptz), cast(:id as uuid))))
     group by c.id
     having count(distinct mine.kind) = 2
     order by c.state = 'unverified', c.filed_at, c.id
     limit 1`,
    { id: claim.id, filedAt: claim.filed_at },
  )
  return found.rows[0]
}

export async function supersedeVerifications(tx: Tx, claimId: string, now: Date): Promise<void> {
  await tx('verifications')
    .where({ claim_id: claimId })
    .whereNull('superseded_at')
    .whereNull('consumed_at')
    .update({ superseded_at: now })
}

export async function insertVerification(
  tx: Tx,
  row: {
    id: string
    claim_id: string
    pack_id: string | null
    created_at: Date
    expires_at: Date
  },
): Promise<void> {
  await tx('verifications').insert(row)
}

export interface RequestRow {
  id: string
  claim_id: string
  kind: RequestKind
  asked_from: AskedFrom
  box: Buffer | null
  created_at: Date
  handled_at: Date | null
}

export async function selectRequest(db: Db, id: string): Promise<RequestRow | undefined> {
  return db('claim_requests').where({ id }).first<RequestRow | undefined>()
}

/** How often the same was asked for from the same place since then, before this request. */
export async function countEarlier(
  tx: Tx,
  { id, claim_id, kind, asked_from, created_at }: RequestRow,
  since: Date | null,
): Promise<number> {
  const earlier = tx('claim_requests')
    .where({ claim_id, kind, asked_from })
    .whereRaw('(created_at, id) < (?, ?)', [created_at, id])
  if (since) void earlier.where('created_at', '>', since)
  const rows = await earlier.count<{ count: number }[]>()
  return rows[0]!.count
}

/** The typed address goes with the handling: it stands in the sealed record now, or was of no use. */
export async function markHandled(tx: Tx, id: string, now: Date): Promise<void> {
  await tx('claim_requests').where({ id }).update({ handled_at: now, box: null })
}

/** SHA-256 of the ciphertext of one version of a claim. */
export async function selectRecordHash(
  db: Db | Tx,
  claimId: string,
  version: number,
): Promise<Buffer> {
  const row = await db('sealed_records')
    .where({ claim_id: claimId, version })
    .first<{ sha256: Buffer } | undefined>('sha256')
  if (!row) throw new Error('a claim has no sealed record of its version')
  return row.sha256
}

export async function selectUnverifiedBefore(
  db: Db,
  before: Date,
  limit: number,
): Promise<string[]> {
  return db('claims')
    .where({ state: 'unverified' })
    .where('filed_at', '<', before)
    .whereRaw('not is_held(id)')
    .orderBy(['filed_at', 'id'])
    .limit(limit)
    .pluck('id')
}

/** Whether anything was signed with a claim and still stands. */
export async function hasPack(db: Db, claimId: string): Promise<boolean> {
  const row = await db('authority_packs')
    .where({ claim_id: claimId, signer: 'claimant' })
    .whereNull('superseded_at')
    .whereNotNull('ciphertext')
    .first('id')
  return row !== undefined
}

/** Deletes all that could tell who filed. */
export async function destroyContent(tx: Tx, claimId: string): Promise<void> {
  const packs = tx('authority_packs').where({ claim_id: claimId }).select('id')
  await tx('pack_keys').whereIn('pack_id', packs).delete()
  await tx('papers').whereIn('pack_id', packs).delete()
  await tx('authority_packs')
    .where({ claim_id: claimId })
    .update({ ciphertext: null, rendered: true })
  await tx('signing_requests').where({ claim_id: claimId }).update({ box: null })
  await tx('wrapped_keys').where({ claim_id: claimId }).delete()
  await tx('sealed_records').where({ claim_id: claimId }).delete()
  await tx('blind_indexes').where({ claim_id: claimId }).delete()
  await tx('claim_notices').where({ claim_id: claimId }).delete()
  await tx('claim_requests').where({ claim_id: claimId }).update({ box: null })
  await tx('claimant_copies').where({ claim_id: claimId }).delete()
}

/** Asks again, in the outbox, for work that a lost job should have done before `before`. */
export async function redriveClaims(tx: Tx, before: Date, limit: number): Promise<void> {
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select 'screen-claim', jsonb_build_object('claimId', id), now() from (
       select id from claims
       where screened_at is null and filed_at < ? and state = 'unverified'
       order by filed_at limit ?) stuck`,
    [before, limit],
  )
  await redrive(
    tx,
    { table: 'claim_requests', job: 'handle-request', key: 'requestId' },
    before,
    limit,
  )
}
