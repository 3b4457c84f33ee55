import type { Db, Tx } from '../db/connections'
import type { PreparedPack } from '../authority/prepare-pack'
import type { PreparedEntry } from '../ledger/append-entry'
import type { SealedRecord } from '../vault/sealer'

export interface Filing {
  claimId: string
  number: string
  matterId: string
  /** that the claimant agreed to have their data given to */
  firmId: string
  formVersion: number
  language: 'ko' | 'en'
  now: Date
  record: SealedRecord
  /** what was signed; null where nothing is */
  pack: PreparedPack | null
  entry: PreparedEntry
  /** ids for the job that screens the claim */
  intent: object
  /** the draft's id: what makes a second submission of the same draft the same claim */
  submission: Buffer
  /** to which the claim belongs from now on; null for whoever files for themselves alone */
  household: {
    id: string
    founder: string
    role: 'self' | 'member' | 'heir'
    how: 'link' | 'device' | null
  } | null
  /** what replaces the draft */
  copy: { ciphertext: Buffer; expiresAt: Date }
}

/**
 * A whole filing in one statement, so one round trip and one commit: the claim, its sealed record and
 * key, what was signed and its key, the household it belongs to, the ledger entry, the outbox row, and the draft that
 * becomes a copy for its browser. When the submission exists already, all parts write nothing.
 * @returns the claim's number, or undefined when another request files the same draft at this moment
 */
export async function insertFiling(db: Db | Tx, filing: Filing): Promise<string | undefined> {
  const { record, pack, household, entry, copy } = filing
  const statement = db.raw<{ rows: { number: string }[] }>(
    `with claim as (
       insert into claims (id, number, matter_id, firm_id, form_version, language, submission, filed_at)
       values (cast(:claimId as uuid), :number, cast(:matterId as uuid), cast(:firmId as uuid),
               :formVersion, :language, :submission, cast(:now as timestamptz))
       on conflict (submission) do nothing
       returning id, number
     ), record as (
       insert into sealed_records (claim_id, version, ciphertext, sha256, created_at)
       select id, 1, cast(:ciphertext as bytea), cast(:sha256 as bytea), cast(:now as timestamptz) from claim
     ), wrapped as (
       insert into wrapped_keys (claim_id, version, wrapped_by, wrapped)
       select id, 1, 'intake', cast(:box as bytea) from claim
     ), pack as (
       insert into authority_packs (id, claim_id, matter_id, firm_id, signer, needs_guardian, documents,
         ciphertext, sha256, document_sha256, signed_at)
       select cast(:packId as uuid), id, cast(:matterId as uuid), cast(:firmId as uuid), 'claimant',
              cast(:packGuardian as boolean), cast(:packDocuments as text), cast(:packCiphertext as bytea),
              cast(:packSha256 as bytea), cast(:packDocument as bytea), cast(:packSignedAt as timestamptz)
       from claim where cast(:packId as uuid) is not null
     ), pack_key as (
       insert into pack_keys (pack_id, field, wrapped_by, wrapped)
       select cast(:packId as uuid), 'content', 'intake', cast(:packBox as bytea)
       from claim where cast(:packId as uuid) is not null
     ), household as (
       insert into households (id, founder_claim_id, created_at)
       select cast(:householdId as uuid), cast(:founder as uuid), cast(:now as timestamptz)
       from claim where cast(:householdId as uuid) is not null
       on conflict do nothing returning id
     ), joined as (
       insert into household_claims (claim_id, household_id, role, how, joined_at)
       select one.claim_id, cast(:householdId as uuid), one.role, one.how, cast(:now as timestamptz)
       from claim, lateral (values
         (cast(:founder as uuid), 'founder', null),
         (claim.id, cast(:householdRole as text), cast(:householdHow as text))) as one (claim_id, role, how)
       -- Counted, so that the household is there before its claims.
       where cast(:householdId as uuid) is not null and (select count(*) from household) >= 0
       on conflict do nothing
     ), entry as (
       insert into ledger_entries (id, kind, entry, at)
       select cast(:entryId as uuid), :kind, :entry, cast(:now as timestamptz) from claim
     ), private as (
       insert into ledger_private (entry_id, claim_id, private)
       select cast(:entryId as uuid), id, :private from claim
     ), salt as (
       insert into ledger_salts (entry_id, salt)
       select cast(:entryId as uuid), cast(:salt as bytea) from claim
     ), intent as (
       insert into outbox (job, payload, created_at)
       select 'screen-claim', cast(:intent as jsonb), now() from claim
     ), copy as (
       insert into drafts (id, matter_id, form_version, ciphertext, claim_id, created_at, updated_at, expires_at)
       select cast(:submission as bytea), cast(:matterId as uuid), cast(:formVersion as int), cast(:copy as bytea), id,
              cast(:now as timestamptz), cast(:now as timestamptz), cast(:expiresAt as timestamptz) from claim
       on conflict (id) do update set ciphertext = excluded.ciphertext, claim_id = excluded.claim_id,
         updated_at = excluded.updated_at, expires_at = excluded.expires_at
     )
     select number from claim
     union all
     select number from claims where submission = :submission`,
    {
      claimId: filing.claimId,
      number: filing.number,
      matterId: filing.matterId,
      firmId: filing.firmId,
      formVersion: filing.formVersion,
      language: filing.language,
      submission: filing.submission,
      now: filing.now,
      ciphertext: record.ciphertext,
      sha256: record.sha256,
      box: record.box,
      packId: pack?.id ?? null,
      packGuardian: pack?.needsGuardian ?? null,
      packDocuments: pack?.documents ?? null,
      packCiphertext: pack?.record.ciphertext ?? null,
      packSha256: pack?.record.sha256 ?? null,
      packDocument: pack?.documentSha256 ?? null,
      packSignedAt: pack?.core.signedAt ?? null,
      packBox: pack?.record.box ?? null,
      householdId: household?.id ?? null,
      founder: household?.founder ?? null,
      householdRole: household?.role ?? null,
      householdHow: household?.how ?? null,
      entryId: entry.id,
      kind: entry.kind,
      entry: entry.entry,
      private: entry.private,
      salt: entry.salt,
      intent: JSON.stringify(filing.intent),
      copy: copy.ciphertext,
      expiresAt: copy.expiresAt,
    },
  )
  // Named, so that each connection parses and plans it once: a third of what a filing costs the database.
  const result = await statement.options({ name: 'file-claim' })
  return result.rows[0]?.number
}

/** The number of what was filed from a draft. */
export async function selectNumber(db: Db, submission: Buffer): Promise<string | undefined> {
  const row = await db('claims')
    .where({ submission })
    .first<{ number: string } | undefined>('number')
  return row?.number
}
