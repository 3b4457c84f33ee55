import { createHash } from 'node:crypto'
import type { Tx } from '../db/connections'
import { canonicalJson } from '../ledger/canonical-json'
import type { Limits } from '../limits'
import { boundsOf } from './period'
import * as store from './reviews.store'

/** What a review of a month is about. Ids and numbers alone, so that it can be kept and committed to. */
export interface MonthFigures {
  v: 1
  month: string
  people: store.PersonOpenings[]
  totals: { acts: number; claims: number; night: number }
  /** openings refused because somebody's number was used up, by person */
  refusals: { person: string | null; count: number }[]
  alerts: number
  downloads: { kind: DownloadKind; person: string | null; count: number }[]
  /** originals of documents that people downloaded */
  originals: number
  accounts: { ended: number; asleep: number }
}

export const downloadKinds = [
  'batch.downloaded',
  'authority.listed',
  'openings.exported',
  'leak.exported',
] as const
export type DownloadKind = (typeof downloadKinds)[number]

/** The figures of a month (`YYYY-MM`, in Korea) as the ledger and the history of rights have them. */
export async function countMonth(
  tx: Tx,
  month: string,
  { nightHours }: Pick<Limits, 'nightHours'>,
): Promise<MonthFigures> {
  const bounds = boundsOf(month)
  const people = await store.countByPerson(tx, bounds, nightHours)
  const watched = await store.countWatched(tx, bounds)
  const ended = await store.countEnded(tx, bounds)
  const sum = (key: 'acts' | 'claims' | 'night') => people.reduce((all, one) => all + one[key], 0)
  const countOf = (state: 'disabled' | 'asleep') =>
    ended.find((one) => one.state === state)?.count ?? 0
  return {
    v: 1,
    month,
    people,
    totals: { acts: sum('acts'), claims: sum('claims'), night: sum('night') },
    refusals: watched
      .filter(({ kind }) => kind === 'opening.refused')
      .map(({ person, count }) => ({ person, count })),
    alerts: watched
      .filter(({ kind }) => kind === 'alert.raised')
      .reduce((all, { count }) => all + count, 0),
    downloads: downloadKinds.flatMap((kind) =>
      watched
        .filter((one) => one.kind === kind)
        .map(({ person, count }) => ({ kind, person, count })),
    ),
    originals: await store.countOriginals(tx, bounds),
    accounts: { ended: countOf('disabled'), asleep: countOf('asleep') },
  }
}

/** RFC 8785 JSON of the figures and its SHA-256, hex: what a statement is signed on. */
export function fixFigures(figures: MonthFigures): { text: string; hash: string } {
  const text = canonicalJson(figures)
  return { text, hash: createHash('sha256').update(text).digest('hex') }
}
