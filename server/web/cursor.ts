import { isId } from '../kernel/ids'

/** The row a page of a list begins behind: its moment and, for rows of one moment, its id. */
export interface Cursor {
  at: Date
  id: string
}

/** A cursor as it stands in a link. */
export function writeCursor({ at, id }: Cursor): string {
  return `${at.getTime()}_${id}`
}

/** The cursor of a link, or null for one that nobody of us wrote: then the list begins at its start. */
export function readCursor(text: string | undefined): Cursor | null {
  const [, ms, id] = /^(\d{1,15})_(.+)$/.exec(text ?? '') ?? []
  return ms !== undefined && isId(id) ? { at: new Date(Number(ms)), id } : null
}
