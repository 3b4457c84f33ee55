import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { readCursor, writeCursor, type Cursor } from '../web/cursor'
import * as store from './openings.store'

export type { JobCount, OpenedRow, OpeningFilter, OpeningRow } from './openings.store'

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
    const claims = await store.selectClaimsOf(tx, single)
    const last = shown.at(-1)
    return {
      rows: shown.map((opening) => ({ opening, claim: claims.get(opening.entry_id)?.[0] ?? null })),
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

export interface LogRow {
  opening: store.OpeningRow
  claim: store.OpenedRow
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
): AsyncGenerator<LogRow[]> {
  const now = clock.now()
  const { personId, firmId, claimId, from, to, everyone } = filter
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
        jobs: everyone === true,
      },
    }),
  )
  const limit = config.limits.logChunkRows
  let before: Cursor | null = null
  for (;;) {
    const place: Cursor | null = before
    const openings: store.OpeningRow[] = await asActor(db, actorId, (tx) =>
      store.selectOpenings(tx, filter, place, limit),
    )
    for (const piece of piecesOf(openings, limit)) yield* claimsOf(piece)
    const last: store.OpeningRow | undefined = openings.at(-1)
    if (openings.length < limit || !last) return
    before = { at: last.at, id: last.entry_id }
  }

  /** The rows of these openings, or, of one with more claims than a piece, one piece after another. */
  async function* claimsOf(openings: store.OpeningRow[]): AsyncGenerator<LogRow[]> {
    const wanted = (claim: store.OpenedRow) => claimId === undefined || claim.claim_id === claimId
    const [first] = openings
    if (first && openings.length === 1 && first.claims > limit) {
      let behind: string | null = null
      for (;;) {
        const after: string | null = behind
        const claims: store.OpenedRow[] = await asActor(db, actorId, (tx) =>
          store.selectOpened(tx, first.entry_id, after, limit),
        )
        yield claims.filter(wanted).map((claim) => ({ opening: first, claim }))
        if (claims.length < limit) return
        behind = claims.at(-1)!.claim_id
      }
    }
    const ids = openings.map((one) => one.entry_id)
    const claims = await asActor(db, actorId, (tx) => store.selectClaimsOf(tx, ids))
    yield openings.flatMap((opening) =>
      (claims.get(opening.entry_id) ?? []).filter(wanted).map((claim) => ({ opening, claim })),
    )
  }
}

/** Openings in pieces of so many claims together; one that has more stands alone. */
function piecesOf(openings: store.OpeningRow[], most: number): store.OpeningRow[][] {
  const pieces: store.OpeningRow[][] = []
  let sum = Infinity
  for (const one of openings) {
    if (sum + one.claims > most) {
      pieces.push([])
      sum = 0
    }
    pieces.at(-1)!.push(one)
    sum += one.claims
  }
  return pieces
}
