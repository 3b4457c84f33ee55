import { tellAdministrators } from '../accounts/tell-administrators'
import { appendEntry } from '../ledger/append-entry'
import { leafHash, merkleRoot } from '../ledger/tree/merkle-root'
import { Problem } from '../kernel/problem'
import type { Db, Tx } from '../db/connections'
import { asActor } from '../db/connections'

/** Why a claim was opened; each is worded for the claimant on the page that shows who looked. */
export type Purpose =
  | 'screening'
  | 'mail'
  | 'email_correction'
  | 'review'
  | 'identity_check'
  | 'duplicate_check'
  | 'claimant_contact'
  | 'batch'
  /** to show a claimant their own claims */
  | 'own_page'
  /** to show a claimant the messages of their own claims */
  | 'own_messages'
  /** to read what a claimant wrote, and nothing else of the claim */
  | 'messages'
  /** to do what a claimant asked of their own claim */
  | 'own_change'
  /** to change the address of a claim */
  | 'email_change'
  /** to give a claimant a copy of their data */
  | 'data_copy'
  /** a document that arrived is checked and made fit to be shown */
  | 'document_check'
  /** the original of a document leaves for the device of who asked */
  | 'document_download'
  /** to show whoever signed what they signed, or to take a signature */
  | 'signing'
  /** to make the paper of what was signed */
  | 'paper'
  /** staff or counsel read signed papers */
  | 'authority_check'
  /** staff looked for the claims of somebody who telephoned; shows that there are any, and nothing of them */
  | 'search'

/** Who opens: a person on the staff surface, or one run of a job. */
export type Actor =
  | { kind: 'person'; personId: string }
  | { kind: 'job'; job: string; run: string; requestedBy?: string }

export interface OpeningLimits {
  openingsPerHour: number
  openingsPerDay: number
  refusalMailMs: number
}

/**
 * Commits the record that claims are about to be read: one entry, committing to their number and the
 * Merkle root over their sorted ids, and a row for each. Nothing is decrypted before this returns. What
 * was looked for and not found counts like one that was: guessing costs as much as reading.
 *
 * @param opening.facts ids, codes and hashes that the entry commits to besides
 * @returns the id of the entry
 * @throws Problem('not_found') when the actor may not see one of the claims or it does not exist
 * @throws Problem('budget_exceeded') when a person would pass their hourly or daily number
 */
export async function recordOpening(
  db: Db,
  now: Date,
  limits: OpeningLimits,
  opening: { claimIds: string[]; actor: Actor; purpose: Purpose; facts?: Record<string, string> },
): Promise<string> {
  const { actor, purpose } = opening
  const claimIds = [...new Set(opening.claimIds)].sort()
  const only = claimIds.length === 1 ? { claimId: claimIds[0]! } : {}

  const record = async (tx: Tx): Promise<string | null> => {
    const visible = await tx('claims')
      .whereRaw('id = any(?::uuid[])', [claimIds])
      .count<{ count: number }[]>()
    if (visible[0]!.count !== claimIds.length) throw new Problem('not_found')
    if (actor.kind === 'person') {
      const counted = Math.max(1, claimIds.length)
      if (!(await withinBudget(tx, now, limits, actor.personId, counted))) {
        await appendEntry(tx, now, {
          kind: 'opening.refused',
          ...only,
          private: { person: actor.personId, purpose, claims: claimIds.length, why: 'budget' },
        })
        await tellOfRefusal(tx, now, limits, actor.personId)
        return null
      }
    }
    const entryId = await appendEntry(tx, now, {
      kind: 'claim.opened',
      ...only,
      private: {
        ...opening.facts,
        ...(actor.kind === 'person'
          ? { person: actor.personId }
          : { job: actor.job, run: actor.run, requestedBy: actor.requestedBy ?? null }),
        purpose,
        claims: claimIds.length,
        root: merkleRoot(claimIds.map((id) => leafHash(Buffer.from(id)))).toString('hex'),
      },
    })
    await tx.raw(
      `insert into opening_claims (claim_id, entry_id) select unnest(?::uuid[]), ?::uuid`,
      [claimIds, entryId],
    )
    return entryId
  }

  const outcome =
    actor.kind === 'person'
      ? await asActor(db, actor.personId, record)
      : await db.transaction(record)
  // The refusal is itself recorded, so it is thrown only after its commit.
  if (outcome === null) throw new Problem('budget_exceeded')
  return outcome
}

/**
 * That this person has recorded this opening, of this claim, no earlier than `since`, and to read it: who
 * read the messages alone, or looked for a claim, has opened no document.
 * @throws Problem('not_found')
 */
export async function assertHeld(
  db: Db,
  held: { openingId: string; claimId: string; personId: string; since: Date },
): Promise<void> {
  const { openingId, claimId, personId, since } = held
  const found = await asActor(db, personId, (tx) =>
    tx('opening_claims as o')
      .join('claims as c', 'c.id', 'o.claim_id')
      .join('ledger_entries as e', 'e.id', 'o.entry_id')
      .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
      .where({ 'o.entry_id': openingId, 'o.claim_id': claimId })
      .where('e.at', '>=', since)
      .whereRaw(`p.private::jsonb ->> 'person' = ?`, [personId])
      .whereRaw(`p.private::jsonb ->> 'purpose' not in ('messages', 'search')`)
      .first('o.entry_id'),
  )
  if (!found) throw new Problem('not_found')
}

/** A mail to every administrator, unless they were told of this person a while ago. */
async function tellOfRefusal(
  tx: Tx,
  now: Date,
  { refusalMailMs }: OpeningLimits,
  personId: string,
): Promise<void> {
  const told = await tx.raw<{ rows: unknown[] }>(
    `insert into opening_budgets as b (person_id, hour, hour_count, day, day_count, told_at)
     values (:person, cast(:now as timestamptz), 0, cast(:now as timestamptz), 0, cast(:now as timestamptz))
     on conflict (person_id) do update set told_at = excluded.told_at
     where b.told_at is null or b.told_at <= cast(:before as timestamptz)
     returning 1`,
    { person: personId, now, before: new Date(now.getTime() - refusalMailMs) },
  )
  if (told.rows.length === 0) return
  await tellAdministrators(tx, { template: 'opening-refused', subjectId: personId, at: now })
}

/**
 * Counts openings of a person in the clock's running hour and day, in one row that its update locks:
 * fifty requests at once cannot pass the number together.
 */
async function withinBudget(
  tx: Tx,
  now: Date,
  limits: OpeningLimits,
  personId: string,
  claims: number,
): Promise<boolean> {
  if (claims > limits.openingsPerHour || claims > limits.openingsPerDay) return false
  const counted = await tx.raw(
    `insert into opening_budgets as b (person_id, hour, hour_count, day, day_count)
     values (:person, date_trunc('hour', cast(:now as timestamptz)), :claims,
             date_trunc('day', cast(:now as timestamptz)), :claims)
     on conflict (person_id) do update set
       hour_count = case when b.hour = excluded.hour then b.hour_count else 0 end + :claims,
       day_count = case when b.day = excluded.day then b.day_count else 0 end + :claims,
       hour = excluded.hour, day = excluded.day
     where case when b.hour = excluded.hour then b.hour_count else 0 end + :claims <= :perHour
       and case when b.day = excluded.day then b.day_count else 0 end + :claims <= :perDay
     returning 1`,
    {
      person: personId,
      now,
      claims,
      perHour: limits.openingsPerHour,
      perDay: limits.openingsPerDay,
    },
  )
  return counted.rows.length === 1
}
