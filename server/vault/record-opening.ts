import { appendEntry } from '../ledger/append-entry'
import { leafHash, merkleRoot } from '../ledger/tree/merkle-root'
import { Problem } from '../kernel/problem'
import type { Db, Tx } from '../db/connections'
import { asActor } from '../db/connections'
import { officeZone } from '../oversight/alarm-rules'
import type { Role } from '../web/person'
import { spend, type BudgetLimits, type Refusal } from './opening-budget'

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

export type OpeningLimits = BudgetLimits

/** Purposes with which a file leaves for the device of who asked. */
const takesFile: readonly Purpose[] = ['document_download', 'authority_check']

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

  const record = async (tx: Tx): Promise<string | Refusal> => {
    if (actor.kind === 'person') {
      const { role, zone } = await whoOpens(tx, claimIds)
      const refused = await spend(tx, now, limits, {
        person: { id: actor.personId, role },
        claims: Math.max(1, claimIds.length),
        files: takesFile.includes(purpose) ? claimIds.length : 0,
        zone,
      })
      if (refused) {
        await appendEntry(tx, now, {
          kind: 'opening.refused',
          ...only,
          private: { person: actor.personId, purpose, claims: claimIds.length, why: 'budget' },
        })
        return refused
      }
    } else if (!(await areVisible(tx, claimIds))) throw new Problem('not_found')
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
  if (typeof outcome !== 'string') throw refusalOf(outcome, now)
  return outcome
}

/** For the page that tells the person: which number it was, and when they may open again. */
function refusalOf({ kind, most, freeAt }: Refusal, now: Date): Problem {
  return new Problem('budget_exceeded', {
    kind,
    most,
    ...(freeAt && {
      freeAt: freeAt.getTime(),
      retryAfterSeconds: Math.max(1, Math.ceil((freeAt.getTime() - now.getTime()) / 1000)),
    }),
  })
}

async function areVisible(tx: Tx, claimIds: string[]): Promise<boolean> {
  const visible = await tx('claims')
    .whereRaw('id = any(?::uuid[])', [claimIds])
    .count<{ count: number }[]>()
  return visible[0]!.count === claimIds.length
}

/**
 * The role in which the acting person opens these claims, and where their nights are: counsel works where
 * the case is, everyone else in Korea.
 * @throws Problem('not_found') when they may not see one of them
 */
async function whoOpens(tx: Tx, claimIds: string[]): Promise<{ role: Role; zone: string }> {
  const found = await tx.raw<{ rows: { count: number; role: Role | null; zone: string | null }[] }>(
    `select count(*) as count, actor_role() as role, min(m.content ->> 'timeZone') as zone
     from claims c join matters m on m.id = c.matter_id where c.id = any(?::uuid[])`,
    [claimIds],
  )
  const { count, role, zone } = found.rows[0]!
  if (count !== claimIds.length || role === null) throw new Problem('not_found')
  return { role, zone: role === 'counsel' ? (zone ?? officeZone) : officeZone }
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
