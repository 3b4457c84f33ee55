import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId, newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { findClaimForm } from '../matters/list-matters'
import { readCursor, writeCursor } from '../web/cursor'
import { exposedBy, exposedItems, type ExposedItem } from './exposed-items'
import * as store from './leaks.store'

export { leakScopes, type LeakClaimRow, type LeakRow, type LeakScope } from './leaks.store'

export interface LeakDeps {
  db: Db
  clock: Clock
  config: { limits: { leakListMs: number; leakChunkRows: number } }
}

export interface LeakAsked {
  what: store.LeakScope
  /** the firm, person or matter that it is about; null for everything */
  whom: string | null
  since?: Date | undefined
  /** exclusive; by default now */
  until?: Date | undefined
}

/**
 * Lists whose data a leak concerns (PIPA 34): fixed at this moment, counted, and recorded with its counts. No
 * claim is opened for it. `everything` and `matter` mean what was stored at any time in the period.
 * @returns the id of the list
 */
export async function listLeak(
  { db, clock, config }: LeakDeps,
  by: string,
  { what, whom, since, until }: LeakAsked,
): Promise<string> {
  return asActor(db, by, async (tx) => {
    const now = clock.now()
    const id = newId(now.getTime())
    const end = until && until < now ? until : now
    const scope = { id, what, whom, since: since ?? null, until: end }
    const counts = await store.listClaims(tx, scope, config.limits.leakListMs)
    const claims = counts.reduce((sum, one) => sum + one.claims, 0)
    await store.insertLeak(tx, {
      id,
      what,
      firm_id: what === 'firm' ? whom : null,
      person_id: what === 'person' ? whom : null,
      matter_id: what === 'matter' ? whom : null,
      since: since ?? null,
      until: end,
      asked_by: by,
      asked_at: now,
      claims,
      counts,
    })
    await appendEntry(tx, now, {
      kind: 'leak.listed',
      private: {
        leak: id,
        by,
        what,
        whom,
        since: since?.toISOString() ?? null,
        until: end.toISOString(),
        claims,
      },
    })
    return id
  })
}

export interface Leak {
  leak: store.LeakRow & { asked_name: string }
  /** claims by what was exposed of them; only what concerns any */
  exposed: { item: ExposedItem; claims: number }[]
  matters: { matter: string; claims: number }[]
}

/** @throws Problem('not_found') */
export async function findLeak(db: Db, actorId: string, id: string): Promise<Leak> {
  const leak = isId(id) ? await asActor(db, actorId, (tx) => store.selectLeak(tx, id)) : undefined
  if (!leak) throw new Problem('not_found')
  const itemsOf = exposedFinder(db)
  const byItem = new Map<ExposedItem, number>()
  const byMatter = new Map<string, number>()
  for (const { matter, form, items, claims } of leak.counts) {
    for (const item of await itemsOf(matter, form, items)) {
      byItem.set(item, (byItem.get(item) ?? 0) + claims)
    }
    byMatter.set(matter, (byMatter.get(matter) ?? 0) + claims)
  }
  return {
    leak,
    exposed: exposedItems.flatMap((item) =>
      byItem.has(item) ? [{ item, claims: byItem.get(item)! }] : [],
    ),
    matters: [...byMatter].map(([matter, claims]) => ({ matter, claims })),
  }
}

/** Lists that were asked for, newest first, a page at a time. */
export async function listLeaks(
  db: Db,
  actorId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<{ leaks: Leak['leak'][]; next: string | null }> {
  return asActor(db, actorId, async (tx) => {
    const found = await store.selectLeaks(tx, readCursor(before), limit + 1)
    const leaks = found.slice(0, limit)
    const last = leaks.at(-1)
    const next =
      found.length > limit && last ? writeCursor({ at: last.asked_at, id: last.id }) : null
    return { leaks, next }
  })
}

/** What was exposed, by form and items: each combination is looked up once. */
export function exposedFinder(
  db: Db,
): (matterId: string, form: number, items: number) => Promise<ExposedItem[]> {
  const known = new Map<string, Promise<ExposedItem[]>>()
  return (matterId, version, items) => {
    const key = `${matterId} ${version} ${items}`
    const found =
      known.get(key) ??
      findClaimForm(db, matterId, version).then((form) => {
        if (!form) throw new Error('a claim names a form that is not stored')
        return exposedBy(form, items)
      })
    known.set(key, found)
    return found
  }
}

/**
 * The claims of a list in pieces of constant memory, with how each stands now; that it was taken is an entry
 * before the first piece.
 * @throws Problem('not_found'), and Problem('conflict') once the list has been deleted for its age
 */
export async function* exportLeak(
  { db, clock, config }: LeakDeps,
  actorId: string,
  id: string,
): AsyncGenerator<store.LeakClaimRow[]> {
  const limit = config.limits.leakChunkRows
  const page = (behind: string | null) =>
    asActor(db, actorId, (tx) => store.selectLeakClaims(tx, id, behind, limit))
  let rows = await asActor(db, actorId, async (tx) => {
    const leak = await store.selectLeak(tx, id)
    if (!leak) throw new Problem('not_found')
    const first = await store.selectLeakClaims(tx, id, null, limit)
    if (first.length === 0 && leak.claims > 0) throw new Problem('conflict')
    await appendEntry(tx, clock.now(), {
      kind: 'leak.exported',
      private: { leak: id, by: actorId, claims: leak.claims },
    })
    return first
  })
  while (rows.length > 0) {
    // The next piece is read while this one is written.
    const next = rows.length < limit ? Promise.resolve([]) : page(rows.at(-1)!.claim_id)
    // Thrown where it is awaited; nobody awaits it when the reader goes away.
    next.catch(() => {})
    yield rows
    rows = await next
  }
}
