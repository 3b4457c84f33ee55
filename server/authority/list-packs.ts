import { createHash } from 'node:crypto'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId, newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { leafHash, merkleRoot } from '../ledger/tree/merkle-root'
import { findMatter, listMatters } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import * as store from './authority-staff.store'
import { authorityKey } from './fill-documents'

export const indexViews = ['all', 'complete', 'incomplete'] as const
export type IndexView = (typeof indexViews)[number]

export interface PackIndex {
  matter: Matter
  complete: number
  incomplete: number
  rows: store.FactsRow[]
  after: string | null
  before: string | null
  samples: store.SampleRow[]
}

const samplesShown = 10

/** The matters in which people sign, as far as this person sees them. */
export async function listSignedMatters(db: Db, person: Person): Promise<Matter[]> {
  const matters = (await listMatters(db)).flatMap((group) => group.matters)
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
      samples: await store.selectSamples(tx, matter.id, samplesShown),
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

/**
 * Draws a sample that anyone can draw again from the index: the complete packs in the order of
 * SHA-256(seed ‖ claim number), both as UTF-8, and of them the first so many. Draw and entry are one
 * transaction.
 * @returns the sample's id; null when there is no complete pack
 */
export async function drawSample(
  { db, clock }: { db: Db; clock: Clock },
  person: Person,
  matter: Matter,
  { seed, size }: { seed: string; size: number },
): Promise<string | null> {
  const now = clock.now()
  const key = authorityKey(matter)
  return asActor(db, person.id, async (tx) => {
    const drawn = await store.drawSample(tx, { matterId: matter.id, key, seed, size })
    if (drawn.length === 0) return null
    const id = newId(now.getTime())
    await store.insertSample(tx, {
      id,
      matter_id: matter.id,
      seed,
      size,
      drawn_from: drawn[0]!.drawn_from,
      key,
      claim_ids: drawn.map((one) => one.claim_id),
      drawn_by: person.id,
      drawn_at: now,
    })
    await appendEntry(tx, now, {
      kind: 'authority.sampled',
      private: {
        person: person.id,
        matter: matter.slug,
        sample: id,
        seed: createHash('sha256').update(seed).digest('hex'),
        drawnFrom: drawn[0]!.drawn_from,
        claims: drawn.length,
        root: merkleRoot(drawn.map(({ number }) => leafHash(Buffer.from(number)))).toString('hex'),
      },
    })
    return id
  })
}

/** A sample with its claims in the order drawn. @throws Problem('not_found') */
export async function findSample(
  db: Db,
  person: Person,
  matter: Matter,
  id: string,
): Promise<{ sample: store.SampleRow; rows: store.FactsRow[] }> {
  if (!isId(id)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const sample = await store.selectSample(tx, id)
    if (!sample || sample.matter_id !== matter.id) throw new Problem('not_found')
    const rows = new Map(
      (await store.selectFacts(tx, sample.claim_ids)).map((row) => [row.claim_id, row]),
    )
    return { sample, rows: sample.claim_ids.flatMap((claim) => rows.get(claim) ?? []) }
  })
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
