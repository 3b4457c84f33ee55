import { asActor, type Db } from '../db/connections'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { findMatterById, listMatters } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import * as store from './batches.store'

export interface Waiting {
  matter: Matter
  /** accepted and not delivered yet, counted up to the limit and one more */
  count: number
}

export interface BatchOnList {
  batch: store.BatchRow
  matter: Matter
}

export interface BatchList {
  /** every matter of the counsel's firm; empty for administrators, who only watch */
  waiting: Waiting[]
  batches: BatchOnList[]
  /** asks for the older ones, when there are any */
  next: string | null
}

/** Batches that this person may see, newest first, a page at a time. */
export async function listBatches(
  db: Db,
  person: Person,
  {
    before,
    pageSize,
    countMax,
  }: { before?: string | undefined; pageSize: number; countMax: number },
): Promise<BatchList> {
  return asActor(db, person.id, async (tx) => {
    const matters = await listMatters(tx)
    const own = matters.filter((matter) => matter.firm.id === person.firmId)
    const counts = await store.countToDeliver(
      tx,
      own.map((matter) => matter.id),
      countMax + 1,
    )
    const rows = await store.selectBatches(tx, {
      firmId: person.role === 'administrator' ? null : (person.firmId ?? nobody),
      before: readCursor(before),
      limit: pageSize + 1,
    })
    const byId = new Map(matters.map((matter) => [matter.id, matter]))
    const shown = rows.slice(0, pageSize)
    return {
      waiting: own.map((matter) => ({ matter, count: counts.get(matter.id) ?? 0 })),
      batches: shown.map((batch) => ({ batch, matter: byId.get(batch.matter_id)! })),
      next: rows.length > pageSize ? cursorOf(shown.at(-1)!) : null,
    }
  })
}

/**
 * One batch with its matter. Counsel of another firm is told the same as for a batch that is not there.
 * @throws Problem('not_found')
 */
export async function findBatch(db: Db, person: Person, id: string): Promise<BatchOnList> {
  if (!isId(id)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const batch = await store.selectBatch(tx, id)
    const matter = batch && (await findMatterById(tx, batch.matter_id))
    if (!batch || !matter) throw new Problem('not_found')
    if (person.role !== 'administrator' && batch.firm_id !== person.firmId) {
      throw new Problem('not_found')
    }
    return { batch, matter }
  })
}

/** How many claims in the file of a complete batch, as far as this person sees them, are not accepted any more. */
export async function countNoLonger(
  db: Db,
  person: Person,
  batch: Pick<store.BatchRow, 'id' | 'edition' | 'state'>,
): Promise<number> {
  if (batch.state !== 'complete') return 0
  return asActor(db, person.id, (tx) => store.countNoLonger(tx, batch))
}

const nobody = '00000000-0000-0000-0000-000000000000'

function cursorOf(batch: store.BatchRow): string {
  return writeCursor({ at: batch.requested_at, id: batch.id })
}
