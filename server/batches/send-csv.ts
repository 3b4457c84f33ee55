import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import { watchPerson } from '../accounts/watch-person'
import { byteOrderMark, csvLines } from './format-csv'
import type { AppDeps } from '../web/deps'

/**
 * Answers with a CSV file (UTF-8 with its mark, formulas neutralised) whose rows come in pieces; it ends when
 * whoever asked may not go on. What fails before the first piece, or is recorded with it, comes before any byte.
 */
export async function sendCsv(
  deps: AppDeps,
  req: Request<never> | Request,
  res: Response,
  file: { name: string; columns: string[]; rows: AsyncGenerator<string[][]> },
): Promise<void> {
  const first = await file.rows.next()
  const lines = async function* () {
    yield Buffer.concat([
      byteOrderMark,
      csvLines([file.columns, ...(first.done ? [] : first.value)]),
    ])
    for await (const rows of file.rows) yield csvLines(rows)
  }
  res.attachment(`${file.name}.csv`)
  res.type('text/csv; charset=utf-8')
  const watch = watchPerson(deps, req, () => res.destroy())
  try {
    await pipeline(lines, res)
  } catch (error) {
    // A browser that goes away in the middle is no fault of ours.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  } finally {
    watch.stop()
  }
}
