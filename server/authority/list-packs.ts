import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { findMatter, listMatters } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import * as store from './authority-staff.store'
import { authorityKey } from './fill-documents'
import * as samples from './samples.store'

export const indexViews = ['all', 'complete', 'incomplete'] as const
export type IndexView = (typeof indexViews)[number]

export interface PackIndex {
  matter: Matter
  complete: number
  incomplete: number
  rows: store.FactsRow[]
  after: string | null
  before: string | null
  /** the newest draws, and how many there were in all */
  samples: samples.SampleRow[]
  draws: number
}

const samplesShown = 10

/** The matters in which people sign, as far as this person sees them. */
export async function listSignedMatters(db: Db, person: Person): Promise<Matter[]> {
  const matters = await listMatters(db)
  return matters.filter((matter) => matter.content.documents.length > 0 && sees(person, matter))
}

function sees(person: Person, matter: Matter): boolean {
  return person.role !== 'counsel' || matter.firm.id === person.firmId
}

/**
 * The matter of that slug. Counsel of another firm is told the same as for one that is not there.
 * @throws Problem('not_found')
 */
export async function findSignedMatter(db: Db, person: Person, slug: string): Promise<Matter> {
  const matter = await findMatter(db, slug)
  if (!matter || matter.content.documents.length === 0 || !sees(person, matter)) {
    throw new Problem('not_found')
  }
  return matter
}

/** A page of all packs of a matter, and how many are complete for the documents and the firm of today. */
export async function listPacks(
  db: Db,
  person: Person,
  matter: Matter,
  query: { view: IndexView; after?: string | undefined; before?: string | undefined },
  pageSize: number,
): Promise<PackIndex> {
  const key = authorityKey(matter)
  return asActor(db, person.id, async (tx) => {
    const counts = await store.selectCounts(tx, matter.id)
    const complete = counts.find((one) => one.key === key)?.claims ?? 0
    const all = counts.reduce((sum, one) => sum + one.claims, 0)
    const after = readCursor(query.after)
    const before = after ? null : readCursor(query.before)
    const found = await store.selectIndexRows(tx, {
      matterId: matter.id,
      keys: keysOf(query.view, key, counts),
      behind: after ?? before,
      order: before ? 'desc' : 'asc',
      limit: pageSize + 1,
    })
    const more = found.length > pageSize
    const page = found.slice(0, pageSize)
    const rows = before ? page.toReversed() : page
    const cursor = (row: store.FactsRow | undefined) =>
      row ? writeCursor({ at: row.filed_at, id: row.claim_id }) : null
    return {
      matter,
      complete,
      incomplete: all - complete,
      rows,
      after: before || more ? cursor(rows.at(-1)) : null,
      before: (before ? more : after !== null) ? cursor(rows[0]) : null,
      samples: await samples.selectSamples(tx, matter.id, samplesShown),
      draws: await samples.countSamples(tx, matter.id),
    }
  })
}

function keysOf(view: IndexView, key: string, counts: { key: string }[]): string[] | null {
  if (view === 'all') return null
  if (view === 'complete') return [key]
  return counts.map((one) => one.key).filter((one) => one !== key)
}

const chunkRows = 1000

/**
 * All rows of the index, read in pieces, after the entry that says who took it. No personal data: numbers,
 * moments, documents and hashes.
 */
export async function* exportIndex(
  { db, clock }: { db: Db; clock: Clock },
  person: Person,
  matter: Matter,
): AsyncGenerator<store.FactsRow[]> {
  await asActor(db, person.id, (tx) =>
    appendEntry(tx, clock.now(), {
      kind: 'authority.listed',
      private: { person: person.id, matter: matter.slug },
    }),
  )
  let behind: { at: Date; id: string } | null = null
  for (;;) {
    const rows: store.FactsRow[] = await asActor(db, person.id, (tx) =>
      store.selectIndexRows(tx, {
        matterId: matter.id,
        keys: null,
        behind,
        order: 'asc',
        limit: chunkRows,
      }),
    )
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (rows.length < chunkRows || !last) return
    behind = { at: last.filed_at, id: last.claim_id }
  }
}

/** A paper of a claim that this person may read, newest first. @throws Problem('not_found') */
export async function findPaper(
  db: Db,
  person: Person,
  claimId: string,
  packId: string | null,
): Promise<{ id: string; number: string }> {
  if (!isId(claimId)) throw new Problem('not_found')
  const papers = await asActor(db, person.id, (tx) => store.selectReadable(tx, claimId))
  const found = packId === null ? papers[0] : papers.find(({ id }) => id === packId)
  if (!found) throw new Problem('not_found')
  return found
}
