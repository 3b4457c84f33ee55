import type { Db, Tx } from '../db/connections'
import type { PreparedEntry } from '../ledger/append-entry'
import type { SealedRecord } from '../vault/sealer'

export interface Filing {
  claimId: string
  number: string
  matterId: string
  formVersion: number
  language: 'ko' | 'en'
  now: Date
  record: SealedRecord
  entry: PreparedEntry
  /** ids for the job that screens the claim */
  intent: object
  /** the draft's id: what makes a second submission of the same draft the same claim */
  submission: Buffer
  /** what replaces the draft */
  copy: { ciphertext: Buffer; expiresAt: Date }
}

/**
 * A whole filing in one statement, so one round trip and one commit: the claim, its sealed record and
 * key, the ledger entry, the outbox row, and the draft that becomes a copy for its browser. When the
 * submission exists already, all parts write nothing.
 * @returns the claim's number, or undefined when another request files the same draft at this moment
 */
export async function insertFiling(db: Db | Tx, filing: Filing): Promise<string | undefined> {
  const { record, entry, copy } = filing
  const statement = db.raw<{ rows: { number: string }[] }>(
    `with claim as (
       insert into claims (id, number, matter_id, form_version, language, submission, filed_at)
       values (cast(:claimId as uuid), :number, cast(:matterId as uuid), :formVersion, :language,
               :submission, cast(:now as timestamptz))
       on conflict (submission) do nothing
       returning id, number
     ), record as (
       insert into sealed_records (claim_id, version, ciphertext, sha256, created_at)
       select id, 1, cast(:ciphertext as bytea), cast(:sha256 as bytea), cast(:now as timestamptz) from claim
     ), wrapped as (
       insert into wrapped_keys (claim_id, version, wrapped_by, wrapped)
       select id, 1, 'intake', cast(:box as bytea) from claim
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
      formVersion: filing.formVersion,
      language: filing.language,
      submission: filing.submission,
      now: filing.now,
      ciphertext: record.ciphertext,
      sha256: record.sha256,
      box: record.box,
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
