import { asActor, type Db } from '../db/connections'
import type { Opening } from '../vault/vault'
import type { Person, Role } from '../web/person'
import * as store from './notes.store'

/** The name of the table, to which its texts are bound. */
export const notesTable = 'claim_notes'

export interface ShownNote {
  at: Date
  from: { id: string; name: string; role: Role }
  /** null once it was destroyed */
  text: string | null
}

/** How many notes there are about a claim: all that is told of them without an opening. */
export function countNotes(db: Db, person: Person, claimId: string): Promise<number> {
  return asActor(db, person.id, (tx) => store.countNotes(tx, claimId))
}

/** Reads them as part of an opening that is on the record already, the oldest first; `most` is the most of them. */
export async function readNotes(
  { db, opening, most }: { db: Db; opening: Pick<Opening, 'readTexts'>; most: number },
  person: Person,
  claimId: string,
): Promise<ShownNote[]> {
  const rows = await asActor(db, person.id, (tx) => store.selectNotes(tx, claimId, most))
  return shown(opening, claimId, rows)
}

/** All of them for a copy of a person's data: the worker's, and by role, because names of staff are not given. */
export async function notesCopy(
  { db, opening }: { db: Db; opening: Pick<Opening, 'readTexts'> },
  claimId: string,
): Promise<{ at: string; role: Role; text: string | null }[]> {
  const notes = shown(opening, claimId, await store.selectNotes(db, claimId, null))
  return notes.map(({ at, from, text }) => ({ at: at.toISOString(), role: from.role, text }))
}

function shown(
  opening: Pick<Opening, 'readTexts'>,
  claimId: string,
  rows: store.NoteRow[],
): ShownNote[] {
  const there = rows.flatMap(({ wrapped, ...row }) => (wrapped ? [{ ...row, wrapped }] : []))
  const texts = opening.readTexts({ table: notesTable, claimId }, there)
  return rows.map((row) => ({
    at: row.created_at,
    from: { id: row.person_id, name: row.name, role: row.role },
    text: texts.get(row.id) ?? null,
  }))
}
