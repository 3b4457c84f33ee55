import { createHash, randomBytes } from 'node:crypto'
import { newClaimNumber } from '../../server/claims/claim-number'
import type { Db } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { prepareEntry, type EntryKind, type LedgerEntry } from '../../server/ledger/append-entry'
import { leafHash, merkleRoot } from '../../server/ledger/tree/merkle-root'
import type { Matter } from '../../server/matters/matter-file'

/** Entries of one claim that was filed, opened by the worker, screened and verified. */
export const entriesPerClaim = 4

const claimsAtOnce = 1_000
const ciphertextBytes = 1_750

/**
 * Claims with the entries that the product would have appended, waiting for their places: everything a
 * verification looks at is as it should be. As superuser, many rows a statement.
 */
export async function seedLedger(db: Db, matter: Matter, claims: number): Promise<void> {
  for (let done = 0; done < claims; done += claimsAtOnce) {
    await seedClaims(db, matter, Math.min(claimsAtOnce, claims - done))
  }
  await db.raw('analyze')
}

async function seedClaims(db: Db, matter: Matter, count: number): Promise<void> {
  const now = new Date()
  const claims = Array.from({ length: count }, () => {
    const ciphertext = randomBytes(ciphertextBytes)
    const sha256 = createHash('sha256').update(ciphertext).digest()
    return { id: newId(now.getTime()), number: newClaimNumber(), ciphertext, sha256 }
  })
  const prepared = claims.flatMap(({ id: claimId, number, sha256 }) => {
    const root = merkleRoot([leafHash(Buffer.from(claimId))]).toString('hex')
    const facts: [EntryKind, LedgerEntry['private']][] = [
      [
        'claim.filed',
        { number, matter: matter.id, form: 1, version: 1, record: sha256.toString('hex') },
      ],
      [
        'claim.opened',
        { job: 'screen-claim', run: 'outbox-1', purpose: 'screening', claims: 1, root },
      ],
      ['claim.screened', { version: 1, found: 'none', earlier: null }],
      ['claim.verified', { verification: claimId, how: 'link' }],
    ]
    return facts.map(([kind, own]) =>
      prepareEntry(now, { kind, claimId, matter: matter.slug, private: own }),
    )
  })
  await db.transaction(async (tx) => {
    await tx.raw(
      `insert into claims (id, number, matter_id, firm_id, form_version, language, state, submission, filed_at, verified_at)
       select id, number, cast(? as uuid), cast(? as uuid), ?, 'ko', 'verified', sha256(convert_to(number, 'UTF8')), ?, ?
       from unnest(cast(? as uuid[]), cast(? as text[])) as c (id, number)`,
      [
        matter.id,
        matter.firm.id,
        matter.form.version,
        now,
        now,
        claims.map(({ id }) => id),
        claims.map(({ number }) => number),
      ],
    )
    await tx.raw(
      `insert into sealed_records (claim_id, version, ciphertext, sha256, created_at)
       select id, 1, ciphertext, sha256, ? from unnest(cast(? as uuid[]), cast(? as bytea[]), cast(? as bytea[]))
         as r (id, ciphertext, sha256)`,
      [
        now,
        claims.map(({ id }) => id),
        claims.map((one) => one.ciphertext),
        claims.map((one) => one.sha256),
      ],
    )
    await tx.raw(
      `with given as (
         select * from unnest(cast(:ids as uuid[]), cast(:kinds as text[]), cast(:entries as text[]),
           cast(:claims as uuid[]), cast(:privates as text[]), cast(:salts as bytea[]))
           with ordinality as e (id, kind, entry, claim, private, salt, place)
       ), entry as (
         insert into ledger_entries (id, kind, entry, at)
         select id, kind, entry, cast(:now as timestamptz) from given order by place
       ), salt as (
         insert into ledger_salts (entry_id, salt) select id, salt from given
       ), opening as (
         insert into opening_claims (claim_id, entry_id) select claim, id from given where kind = 'claim.opened'
       )
       insert into ledger_private (entry_id, claim_id, private) select id, claim, private from given`,
      {
        now,
        ids: prepared.map(({ id }) => id),
        kinds: prepared.map(({ kind }) => kind),
        entries: prepared.map(({ entry }) => entry),
        claims: prepared.map(({ claimId }) => claimId),
        privates: prepared.map((one) => one.private),
        salts: prepared.map(({ salt }) => salt),
      },
    )
  })
}
