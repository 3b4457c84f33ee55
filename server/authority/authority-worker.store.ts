import type { ClaimState } from '../claims/claim-state'
import type { Db, Tx } from '../db/connections'
import { redrive } from '../outbox/redrive'
import { packColumns, type PackRow } from './authority.store'

/** What only the worker reads and writes of packs. */

export interface WorkerPack {
  id: string
  claim_id: string
  matter_id: string
  firm_id: string
  signer: 'claimant' | 'guardian'
  needs_guardian: boolean
  documents: string
  document_sha256: Buffer
  confirmed_at: Date | null
  confirmed_how: 'link' | 'code' | null
  entry_id: string | null
  superseded_at: Date | null
  /** whether anything is left to open */
  kept: boolean
  /** of the paper; null before it is made */
  proof: string | null
}

function packs(db: Db | Tx) {
  return db('authority_packs as p')
    .leftJoin('papers as r', 'r.pack_id', 'p.id')
    .select<WorkerPack[]>(
      'p.id',
      'p.claim_id',
      'p.matter_id',
      'p.firm_id',
      'p.signer',
      'p.needs_guardian',
      'p.documents',
      'p.document_sha256',
      'p.confirmed_at',
      'p.confirmed_how',
      'p.entry_id',
      'p.superseded_at',
      'r.proof',
      db.raw('p.ciphertext is not null as kept'),
    )
}

export async function selectWorkerPack(db: Db | Tx, id: string): Promise<WorkerPack | undefined> {
  const [row] = await packs(db).where('p.id', id)
  return row
}

/** Held until the transaction ends: one confirmation is one entry, however often it is sent. */
export async function lockPack(tx: Tx, id: string): Promise<PackRow | undefined> {
  return tx('authority_packs')
    .where({ id })
    .forNoKeyUpdate()
    .first<PackRow | undefined>(...packColumns)
}

/** The database takes the force of what the same person signed for this claim before. */
export async function confirmPackRow(
  tx: Tx,
  id: string,
  by: { confirmed_at: Date; confirmed_how: 'link' | 'code'; entry_id: string },
): Promise<void> {
  await tx('authority_packs').where({ id }).update(by)
}

/** Number and matter of a claim, which its papers name. */
export async function selectNames(
  tx: Tx,
  claimId: string,
): Promise<{ number: string; slug: string } | undefined> {
  return tx('claims as c')
    .join('matters as m', 'm.id', 'c.matter_id')
    .where('c.id', claimId)
    .first<{ number: string; slug: string } | undefined>('c.number', 'm.slug')
}

/** Packs of a claim, newest first. */
export async function selectWorkerPacks(db: Db | Tx, claimId: string): Promise<WorkerPack[]> {
  return packs(db)
    .where('p.claim_id', claimId)
    .orderBy(['p.signed_at', 'p.id'].map((column) => ({ column, order: 'desc' as const })))
}

/** The version of the form that a claim answers. */
export async function selectFormOf(
  db: Db | Tx,
  claimId: string,
): Promise<{ form_version: number } | undefined> {
  return db('claims').where({ id: claimId }).first('form_version')
}

/** Matter and form of a claim whose papers somebody has open right now; otherwise nothing. */
export async function selectOpenClaim(
  db: Db,
  claimId: string,
): Promise<{ matter_id: string; form_version: number } | undefined> {
  return db('claims as c')
    .where('c.id', claimId)
    .whereExists(
      db('claimant_copies as k')
        .whereRaw(`k.claim_id = c.id and k.kind = 'papers'`)
        .select(db.raw('1')),
    )
    .first('c.matter_id', 'c.form_version')
}

export interface SigningClaim {
  number: string
  matter_id: string
  firm_id: string
  form_version: number
  language: 'ko' | 'en'
  state: ClaimState
  /** of its answers */
  version: number
}

const signingColumns = [
  'number',
  'matter_id',
  'firm_id',
  'form_version',
  'language',
  'state',
  'version',
] as const

export async function selectSigningClaim(
  db: Db | Tx,
  id: string,
): Promise<SigningClaim | undefined> {
  return db('claims')
    .where({ id })
    .first<SigningClaim | undefined>(...signingColumns)
}

/** The same, held until the transaction ends: its answers stay as they are meanwhile. */
export async function lockSigningClaim(tx: Tx, id: string): Promise<SigningClaim | undefined> {
  return tx('claims')
    .where({ id })
    .forNoKeyUpdate()
    .first<SigningClaim | undefined>(...signingColumns)
}

/** Where papers still matter. */
export const signingStates: readonly ClaimState[] = [
  'verified',
  'in_review',
  'deficient',
  'accepted',
]

/** Confirmed claims of a matter whose papers are not those of today, and who were not asked for them yet. */
export async function selectWithoutPapers(
  db: Db,
  today: { matterId: string; firmId: string; documents: string },
  limit: number,
): Promise<string[]> {
  const { matterId, firmId, documents } = today
  const key = `${firmId} ${documents}`
  const found = await db.raw<{ rows: { claim_id: string }[] }>(
    `select a.claim_id from claim_authority a
     join claims c on c.id = a.claim_id
     where a.matter_id = :matterId and (a.key < :key or a.key > :key)
       and c.state = any(:states)
       -- whoever waits for the guardian alone
       and not exists (select from authority_packs p
         where p.id = a.pack_id and p.firm_id = cast(:firmId as uuid) and p.documents = :documents)
       and not exists (select from needs n
         where n.claim_id = a.claim_id and n.kind = 'signature' and n.ref = 'papers'
           and n.met_at is null and n.cancelled_at is null)
     limit :limit`,
    { matterId, key, firmId, documents, limit, states: [...signingStates] },
  )
  return found.rows.map(({ claim_id: id }) => id)
}

/** The firm that the claimant agrees to have their data given to from now on. */
export async function updateFirm(tx: Tx, claimId: string, firmId: string): Promise<void> {
  await tx('claims')
    .where({ id: claimId })
    .whereNot({ firm_id: firmId })
    .update({ firm_id: firmId })
}

/** A new link and code for what was signed; earlier ones stop working. */
export async function replaceVerification(
  tx: Tx,
  row: { id: string; claim_id: string; pack_id: string; created_at: Date; expires_at: Date },
): Promise<void> {
  await tx('verifications')
    .where({ claim_id: row.claim_id })
    .whereNull('superseded_at')
    .whereNull('consumed_at')
    .update({ superseded_at: row.created_at })
  await tx('verifications').insert(row)
}

export async function insertPack(
  tx: Tx,
  row: {
    id: string
    claim_id: string
    matter_id: string
    firm_id: string
    signer: 'claimant' | 'guardian'
    needs_guardian: boolean
    documents: string
    ciphertext: Buffer
    sha256: Buffer
    document_sha256: Buffer
    signed_at: string
  },
  wrapped: Buffer,
): Promise<void> {
  await tx('authority_packs').insert(row)
  await tx('pack_keys').insert({ pack_id: row.id, field: 'content', wrapped_by: 'vault', wrapped })
}

export async function insertPaper(
  tx: Tx,
  paper: {
    packId: string
    ciphertext: Buffer
    sha256: Buffer
    wrapped: Buffer
    proof: string
    now: Date
  },
): Promise<void> {
  const { packId, ciphertext, sha256, wrapped, proof, now } = paper
  await tx('authority_packs').where({ id: packId }).update({ rendered: true })
  await tx('papers').insert({ pack_id: packId, ciphertext, sha256, proof, made_at: now })
  await tx('pack_keys').insert({ pack_id: packId, field: 'paper', wrapped_by: 'vault', wrapped })
}

export interface EntryRow {
  entry: string
  private: string
  salt: Buffer
}

/** An entry with what opens it. */
export async function selectEntry(db: Db | Tx, id: string): Promise<EntryRow | undefined> {
  return db('ledger_entries as e')
    .join('ledger_private as p', 'p.entry_id', 'e.id')
    .join('ledger_salts as s', 's.entry_id', 'e.id')
    .where('e.id', id)
    .first<EntryRow | undefined>('e.entry', 'p.private', 's.salt')
}

export interface SigningRow {
  id: string
  kind: 'own' | 'guardian'
  claim_id: string
  box: Buffer | null
  created_at: Date
  handled_at: Date | null
}

export async function selectSigningRequest(db: Db, id: string): Promise<SigningRow | undefined> {
  return db('signing_requests').where({ id }).first<SigningRow | undefined>()
}

/** What was signed goes with the handling: it stands in a pack now, or was of no use. */
export async function markTaken(
  tx: Tx,
  id: string,
  outcome: 'taken' | 'refused',
  now: Date,
): Promise<void> {
  await tx('signing_requests').where({ id }).update({ handled_at: now, outcome, box: null })
}

export interface GuardianLink {
  id: string
  claim_id: string
  pack_id: string
  expires_at: Date
  consumed_at: Date | null
  superseded_at: Date | null
}

export async function lockGuardianLink(
  tx: Tx,
  tokenHash: Buffer,
): Promise<GuardianLink | undefined> {
  return tx('guardian_links')
    .where({ token_hash: tokenHash })
    .forUpdate()
    .first<GuardianLink | undefined>()
}

export async function insertGuardianLink(
  tx: Tx,
  link: {
    id: string
    claim_id: string
    pack_id: string
    token_hash: Buffer
    created_at: Date
    expires_at: Date
  },
): Promise<void> {
  await tx('guardian_links')
    .where({ claim_id: link.claim_id })
    .whereNull('superseded_at')
    .update({ superseded_at: link.created_at })
  await tx('guardian_links').insert(link)
}

export async function consumeGuardianLink(tx: Tx, id: string, now: Date): Promise<void> {
  await tx('guardian_links').where({ id }).update({ consumed_at: now })
}

/** Asks again, in the outbox, for what a lost job left undone. */
export async function redriveAuthority(tx: Tx, before: Date, limit: number): Promise<void> {
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select 'render-pack', jsonb_build_object('packId', id), now() from (
       select p.id from authority_packs p
       where p.confirmed_at < ? and not p.rendered and p.ciphertext is not null
       order by p.confirmed_at limit ?) stuck`,
    [before, limit],
  )
  await redrive(
    tx,
    { table: 'signing_requests', job: 'take-signing', key: 'requestId' },
    before,
    limit,
  )
  await tx.raw(
    `insert into outbox (job, payload, created_at)
     select 'invite-guardian', jsonb_build_object('packId', id), now() from (
       select p.id from authority_packs p
       where p.needs_guardian and p.confirmed_at < ? and p.superseded_at is null
         and p.ciphertext is not null
         and not exists (select from guardian_links g where g.pack_id = p.id)
       order by p.confirmed_at limit ?) stuck`,
    [before, limit],
  )
}

/** Takes the force of everything that was signed for a claim. @returns the packs that had some */
export async function supersedeAll(tx: Tx, claimId: string, now: Date): Promise<string[]> {
  const rows = await tx('authority_packs')
    .where({ claim_id: claimId })
    .whereNull('superseded_at')
    .update({ superseded_at: now })
    .returning<{ id: string }[]>('id')
  return rows.map(({ id }) => id)
}

/** Takes the force of these packs. */
export async function supersedePacks(tx: Tx, ids: readonly string[], now: Date): Promise<void> {
  await tx('authority_packs')
    .whereIn('id', ids)
    .whereNull('superseded_at')
    .update({ superseded_at: now })
}

/** Firm and documents for which the papers of a claim are complete; '' for none. */
export async function selectKey(tx: Tx, claimId: string): Promise<string> {
  const row = await tx('claim_authority')
    .where({ claim_id: claimId })
    .first<{ key: string } | undefined>('key')
  return row?.key ?? ''
}

/** How many links to a guardian there were for a pack, and until when the newest can be used. */
export async function selectGuardianLinks(
  db: Db | Tx,
  packId: string,
): Promise<{ links: number; until: Date | null }> {
  return db('guardian_links')
    .where({ pack_id: packId })
    .first<{ links: number; until: Date | null }>(
      db.raw('count(*)::int as links'),
      db.raw('max(expires_at) filter (where superseded_at is null) as until'),
    )
}
