import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import type { Log } from '../web/log'
import * as store from './evidence-worker.store'
import type { Storage } from './storage/storage'

interface SweepDeps {
  db: Db
  clock: Clock
  log: Log
  storage: Storage
  config: { limits: { sweepRows: number; redriveMs: number; orphanMs: number } }
}

/** Deletes a file that nothing refers to any more; one that a row names stays. Harmless to repeat. */
export async function eraseObject(
  { db, storage }: Pick<SweepDeps, 'db' | 'storage'>,
  objectId: string,
): Promise<void> {
  if (!(await store.isWanted(db, objectId))) await storage.remove(objectId)
}

/** Asks again for documents whose job was lost, or whose scanner or store was away for long. */
export async function redriveDocuments({ db, clock, config }: SweepDeps): Promise<void> {
  const { redriveMs, sweepRows } = config.limits
  const before = new Date(clock.now().getTime() - redriveMs)
  await db.transaction((tx) => store.redriveDocuments(tx, before, sweepRows))
}

/**
 * Compares the store with the database in one pass over both, in constant memory: files without a row are
 * deleted once they are older than any upload under way, rows without a file are reported by id.
 */
export async function sweepObjects(deps: SweepDeps): Promise<void> {
  const { clock, log, storage, config } = deps
  const before = new Date(clock.now().getTime() - config.limits.orphanMs)
  const rows = rowsOf(deps, before)
  const missing: string[] = []
  let removed = 0
  let row = await rows.next()
  for await (const { id, at } of storage.list()) {
    for (; !row.done && row.value < id; row = await rows.next()) missing.push(row.value)
    if (!row.done && row.value === id) {
      row = await rows.next()
      continue
    }
    // Its row may be younger than what `rows` reads.
    if (at < before && !(await store.isWanted(deps.db, id))) {
      await storage.remove(id)
      removed += 1
    }
  }
  for (; !row.done; row = await rows.next()) missing.push(row.value)
  if (removed > 0) log.info({ removed }, 'files without a document were deleted')
  for (const objectId of missing) {
    // It may have been destroyed since its row was read.
    if (await store.isWanted(deps.db, objectId)) log.error({ objectId }, 'a stored file is missing')
  }
}

async function* rowsOf({ db, config }: SweepDeps, before: Date): AsyncGenerator<string, void> {
  const limit = config.limits.sweepRows
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const ids = await store.selectFilesAfter(db, { after, before, limit })
    yield* ids
    if (ids.length < limit) return
    after = ids.at(-1)!
  }
}
