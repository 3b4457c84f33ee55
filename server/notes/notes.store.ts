import type { Db, Tx } from '../db/connections'
import type { ClaimState } from '../claims/claim-state'
import type { SealedText } from '../vault/vault'
import type { Role } from '../web/person'

/** The tables claim_notes and claim_note_keys; of others what stands beside them. */

export async function insertNote(
  tx: Tx,
  note: { id: string; claimId: string; personId: string; at: Date },
  text: SealedText,
): Promise<void> {
  await tx('claim_notes').insert({
    id: note.id,
    claim_id: note.claimId,
    person_id: note.personId,
    ciphertext: text.ciphertext,
    sha256: text.sha256,
    created_at: note.at,
  })
  await tx('claim_note_keys').insert({ note_id: note.id, wrapped: text.wrapped })
}

export interface NoteRow {
  id: string
  ciphertext: Buffer
  sha256: Buffer
  created_at: Date
  /** null once its key was destroyed */
  wrapped: Buffer | null
  person_id: string
  name: string
  role: Role
}

/** The newest notes about a claim, oldest first, as far as whoever asks may see them. */
export async function selectNotes(
  db: Db | Tx,
  claimId: string,
  limit: number | null,
): Promise<NoteRow[]> {
  const rows = db('claim_notes as n')
    .leftJoin('claim_note_keys as k', 'k.note_id', 'n.id')
    .join('people as p', 'p.id', 'n.person_id')
    .where('n.claim_id', claimId)
    .orderBy(['n.created_at', 'n.id'].map((column) => ({ column, order: 'desc' as const })))
  if (limit !== null) void rows.limit(limit)
  const found = await rows.select<NoteRow[]>(
    'n.id',
    'n.ciphertext',
    'n.sha256',
    'n.created_at',
    'n.person_id',
    'k.wrapped',
    'p.name',
    'p.role',
  )
  return found.reverse()
}

export async function countNotes(tx: Tx, claimId: string): Promise<number> {
  const rows = await tx('claim_notes').where({ claim_id: claimId }).count<{ count: number }[]>()
  return rows[0]!.count
}

export interface ClaimOfNotes {
  id: string
  number: string
  matter_id: string
  state: ClaimState
}

export async function selectClaim(tx: Tx, id: string): Promise<ClaimOfNotes | undefined> {
  return tx('claims')
    .where({ id })
    .first<ClaimOfNotes | undefined>('id', 'number', 'matter_id', 'state')
}
