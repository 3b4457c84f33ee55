import type { Readable } from 'node:stream'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import type { Matter } from '../matters/matter-file'
import type { NoticeVault } from '../vault/notices'
import * as store from './notices.store'
import { readList, type LineProblem, type ListLine } from './read-list'

export interface ImportDeps {
  /** as joinder_worker, which alone may write the list */
  db: Db
  clock: Clock
  notices: NoticeVault
  config: { limits: { noticeChunkLines: number; noticeRecordBytes: number } }
}

export interface ImportCounts {
  /** of the file, without its header */
  lines: number
  /** that the list did not have yet */
  ids: number
  /** of these, how many can fill in a form */
  fillable: number
  /** lines that were not taken */
  refused: number
}

/**
 * Adds the notices of a file to the list of a matter: all of it in one transaction, in constant memory, or
 * nothing. What is wrong with a line goes to `onProblem`, which is waited for; the other lines are taken. An
 * ID that the list has already stays as it was.
 * @throws ListError when the file cannot be taken at all
 */
export async function importNotices(
  deps: ImportDeps,
  asked: {
    matter: Matter
    /** id of the administrator who has it done */
    by: string
    file: Readable
    onProblem: (problem: LineProblem) => Promise<void>
    onLines?: (lines: number) => void
  },
): Promise<ImportCounts> {
  const { matter, file } = asked
  const { noticeChunkLines, noticeRecordBytes } = deps.config.limits
  const now = deps.clock.now()
  const counts: ImportCounts = { lines: 0, ids: 0, fillable: 0, refused: 0 }
  const refuse = async (problem: LineProblem) => {
    counts.refused += 1
    await asked.onProblem(problem)
  }
  await deps.db.transaction(async (tx) => {
    await store.lockList(tx, matter.id)
    const take = async (lines: ListLine[]) => {
      const rows = new Map<string, { line: ListLine; row: store.NoticeRow }>()
      const twice: ListLine[] = []
      for (const line of lines) {
        const row = rowOf(deps.notices, matter.id, line)
        const key = row.idIndex.toString('hex')
        if (rows.has(key)) twice.push(line)
        else rows.set(key, { line, row })
      }
      const added = await store.insertNotices(
        tx,
        matter.id,
        [...rows.values()].map(({ row }) => row),
      )
      for (const [key, { line, row }] of rows) {
        if (!added.has(key)) twice.push(line)
        else {
          counts.ids += 1
          counts.fillable += row.box ? 1 : 0
          for (const problem of line.problems) await asked.onProblem(problem)
        }
      }
      for (const { line } of twice.toSorted((a, b) => a.line - b.line)) {
        await refuse({ line, column: 'notice_id', wrong: 'duplicate' })
      }
      asked.onLines?.(counts.lines)
    }

    let chunk: ListLine[] = []
    const reading = readList(file, matter.form, {
      lang: 'en',
      now,
      timeZone: matter.content.timeZone,
      recordBytes: noticeRecordBytes,
    })
    for await (const read of reading) {
      counts.lines += 1
      if (!read.ok) await refuse(read.problem)
      else chunk.push(read.line)
      if (chunk.length >= noticeChunkLines) {
        await take(chunk)
        chunk = []
      }
    }
    if (chunk.length > 0) await take(chunk)
    await store.growList(tx, matter.id, counts)
    const id = newId(now.getTime())
    const at = deps.clock.now()
    await store.insertImport(tx, {
      ...counts,
      id,
      matter_id: matter.id,
      kind: 'import',
      done_by: asked.by,
      at,
    })
    await appendEntry(tx, at, {
      kind: 'notices.imported',
      private: { import: id, matter: matter.id, person: asked.by, ...counts },
    })
  })
  return counts
}

/** Deletes the list of a matter. @returns how many IDs it had */
export async function removeNotices(
  deps: Pick<ImportDeps, 'db' | 'clock'>,
  asked: { matter: Matter; by: string },
): Promise<number> {
  const { matter, by } = asked
  const now = deps.clock.now()
  return deps.db.transaction(async (tx) => {
    await store.lockList(tx, matter.id)
    const { ids, fillable } = await store.deleteNotices(tx, matter.id)
    const id = newId(now.getTime())
    const counts = { lines: 0, ids, fillable, refused: 0 }
    const row = { ...counts, id, matter_id: matter.id, kind: 'removal' as const, at: now }
    await store.insertImport(tx, { ...row, done_by: by })
    await appendEntry(tx, now, {
      kind: 'notices.removed',
      private: { import: id, matter: matter.id, person: by, ids },
    })
    return ids
  })
}

/** A line as it is kept: nothing is sealed where the list has nothing to fill in. */
export function rowOf(
  vault: NoticeVault,
  matterId: string,
  { id, pin, filling }: Pick<ListLine, 'id' | 'pin' | 'filling'>,
): store.NoticeRow {
  const notice = { matterId, id, pin }
  const empty = Object.keys(filling).length === 0
  return {
    idIndex: vault.idIndex(notice),
    proof: vault.proof(notice),
    box: empty ? null : vault.sealFilling(notice, filling),
  }
}
