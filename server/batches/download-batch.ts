import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { Transform } from 'node:stream'
import type { Readable } from 'node:stream'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { Problem } from '../kernel/problem'
import type { Limits } from '../limits'
import { appendEntry } from '../ledger/append-entry'
import { watchDownload } from '../oversight/watch-download'
import type { Person } from '../web/person'
import { batchFile } from './batch-files'
import { lockBatch, updateBatch } from './batches.store'
import { findBatch } from './list-batches'

export interface DownloadDeps {
  db: Db
  clock: Clock
  config: { home: string; limits: Pick<Limits, 'nightHours' | 'batchAgainAlarm'> }
}

export interface Download {
  /** ASCII, says the matter and the number and nothing else */
  fileName: string
  bytes: number
  /** the file; ends with an error instead of its last bytes when the disk holds something else than was built */
  content: Readable
}

/**
 * The file of a complete batch of one's own firm. That it was fetched, and by whom, is committed before
 * the first byte can leave; the file is opened earlier, so that no entry tells of a file that is gone.
 * @throws Problem('not_found' | 'conflict' while it is not complete | 'unavailable' when the file is missing)
 */
export async function downloadBatch(
  deps: DownloadDeps,
  person: Person,
  id: string,
): Promise<Download> {
  const { batch, matter } = await findBatch(deps.db, person, id)
  if (batch.firm_id !== person.firmId) throw new Problem('not_found')
  const { state, file_sha256: sha256, file_bytes: bytes } = batch
  if (state !== 'complete' || sha256 === null || bytes === null) throw new Problem('conflict')

  const handle = await open(batchFile(deps.config.home, id, sha256), 'r').catch(() => null)
  if (!handle) throw new Problem('unavailable', { batch: id })
  try {
    if ((await handle.stat()).size !== bytes) throw new Problem('unavailable', { batch: id })
    await record(deps, person, id, sha256)
  } catch (error) {
    await handle.close()
    throw error
  }
  const number = String(batch.number).padStart(4, '0')
  const edition = batch.edition > 1 ? `-${batch.edition}` : ''
  return {
    fileName: `joinder-${matter.slug}-${number}${edition}.zip`,
    bytes,
    content: checked(handle, sha256),
  }
}

async function record(
  { db, clock, config }: DownloadDeps,
  person: Person,
  id: string,
  sha256: Buffer,
): Promise<void> {
  const now = clock.now()
  await asActor(db, person.id, async (tx) => {
    const batch = await lockBatch(tx, id)
    if (!batch) throw new Problem('not_found')
    if (!batch.downloaded_at) await updateBatch(tx, id, { downloaded_at: now })
    await appendEntry(tx, now, {
      kind: 'batch.downloaded',
      private: {
        batch: id,
        firm: batch.firm_id,
        person: person.id,
        file: sha256.toString('hex'),
      },
    })
    await watchDownload(tx, now, config.limits, { person, batchId: id })
  })
}

/** Holds the newest piece back until the next one comes, and gives out the last only when all of it was right. */
function checked(handle: FileHandle, sha256: Buffer): Readable {
  const hash = createHash('sha256')
  let held: Buffer | undefined
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      const ready = held
      held = chunk
      done(null, ready)
    },
    flush(done) {
      if (hash.digest().equals(sha256)) done(null, held)
      else done(new Error('A batch file is not what was built.'))
    },
  })
  const file = handle.createReadStream()
  file.on('error', (error) => check.destroy(error))
  check.on('close', () => file.destroy())
  return file.pipe(check)
}
