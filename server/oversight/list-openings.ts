import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { readCursor, writeCursor } from '../web/cursor'
import * as store from './openings.store'

export type { JobCount, LogRow, OpenedRow, OpeningFilter, OpeningRow } from './openings.store'

export interface OpeningOnList {
  opening: store.OpeningRow
  /** of an opening of exactly one claim */
  claim: store.OpenedRow | null
}

export interface OpeningList {
  rows: OpeningOnList[]
  /** what programs opened by themselves in the period, a line each */
  jobs: store.JobCount[]
  next: string | null
}

/**
 * Who opened what, newest first, a page at a time: openings by people and at their request, those of programs
 * as numbers (or, for a filter that names one, listed). It reads nothing that is sealed and shows claims by
 * their numbers alone, so it is no opening itself. For administrators; others see no row.
 */
export async function listOpenings(
  db: Db,
  actorId: string,
  {
    filter,
    before,
    limit,
    jobsMax,
  }: { filter: store.OpeningFilter; before?: string | undefined; limit: number; jobsMax: number },
): Promise<OpeningList> {
  return asActor(db, actorId, async (tx) => {
    const cursor = readCursor(before)
    const found = await store.selectOpenings(tx, filter, cursor, limit + 1)
    const shown = found.slice(0, limit)
    const single = shown.flatMap((row) => (row.claims === 1 ? row.entry_id : []))
    const claims = await store.selectOnlyClaims(tx, single)
    const last = shown.at(-1)
    return {
      rows: shown.map((opening) => ({ opening, claim: claims.get(opening.entry_id) ?? null })),
      jobs: cursor ? [] : await jobsOf(filter, jobsMax),
      next: found.length > limit && last ? writeCursor({ at: last.at, id: last.entry_id }) : null,
    }

    function jobsOf(asked: store.OpeningFilter, max: number): Promise<store.JobCount[]> {
      // They belong to no person and no firm.
      if (asked.personId ?? asked.firmId ?? asked.job) return Promise.resolve([])
      return asked.claimId === undefined
        ? store.countJobs(tx, asked, max)
        : store.countJobsOfClaim(tx, asked.claimId, asked)
    }
  })
}

/**
 * One opening with the numbers of its claims, a page at a time.
 * @throws Problem('not_found')
 */
export async function findOpening(
  db: Db,
  actorId: string,
  entryId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<{ opening: store.OpeningRow; claims: store.OpenedRow[]; next: string | null }> {
  if (!isId(entryId)) throw new Problem('not_found')
  return asActor(db, actorId, async (tx) => {
    const opening = await store.selectOpening(tx, entryId)
    if (!opening) throw new Problem('not_found')
    const found = await store.selectOpened(tx, entryId, isId(after) ? after : null, limit + 1)
    const claims = found.slice(0, limit)
    return { opening, claims, next: found.length > limit ? claims.at(-1)!.claim_id : null }
  })
}

/** The claim with this number, as far as the actor sees it. */
export function findClaimId(db: Db, actorId: string, number: string): Promise<string | undefined> {
  return asActor(db, actorId, (tx) => store.selectClaimId(tx, number))
}

/**
 * The log as the regulator asks for it: who, when, whose data, what for, a row for each opening and claim,
 * newest first, read in pieces of constant memory. That it was taken, by whom and with which filter is an entry
 * before the first row.
 */
export async function* exportLog(
  { db, clock, config }: { db: Db; clock: Clock; config: { limits: { logChunkRows: number } } },
  actorId: string,
  filter: store.OpeningFilter,
  jobs: boolean,
): AsyncGenerator<store.LogRow[]> {
  const now = clock.now()
  const { personId, firmId, claimId, from, to } = filter
  await asActor(db, actorId, (tx) =>
    appendEntry(tx, now, {
      kind: 'openings.exported',
      private: {
        by: actorId,
        person: personId ?? null,
        firm: firmId ?? null,
        of: claimId ?? null,
        from: from?.toISOString() ?? null,
        to: to?.toISOString() ?? null,
        jobs,
      },
    }),
  )
  const limit = config.limits.logChunkRows
  let behind: store.LogPlace | null = null
  for (;;) {
    const place: store.LogPlace | null = behind
    const rows: store.LogRow[] = await asActor(db, actorId, (tx) =>
      store.selectLog(tx, filter, { jobs, behind: place, limit }),
    )
    if (rows.length > 0) yield rows
    const last: store.LogRow | undefined = rows.at(-1)
    if (rows.length < limit || !last) return
    behind = { at: last.at, entryId: last.entry_id, claimId: last.claim_id }
  }
}
