import { createHash } from 'node:crypto'
import { findSigner } from '../accounts/find-signer'
import { asActor, type Db, type Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { lengthOf } from '../matters/forms/text'
import type { Limits } from '../limits'
import { countMonth, fixFigures, type MonthFigures } from './month-figures'
import { monthBefore, monthOf, overdueFrom } from './period'
import * as store from './reviews.store'

export interface LogReviewDeps {
  db: Db
  clock: Clock
  config: {
    limits: Pick<Limits, 'nightHours' | 'logReviewDay' | 'logReviewMonths' | 'logReviewChars'>
  }
}

export interface MonthState {
  /** `YYYY-MM` */
  month: string
  /** the first statement on it */
  reviewed: { name: string; at: Date } | null
  overdue: boolean
}

/** Every past month since there are accounts, newest first, and whether somebody reviewed its log. */
export function listMonths(deps: LogReviewDeps, actorId: string): Promise<MonthState[]> {
  return asActor(deps.db, actorId, async (tx) => {
    const now = deps.clock.now()
    const { logReviewDay, logReviewMonths } = deps.config.limits
    const months = await pastMonths(tx, now, logReviewMonths)
    const last = months.at(-1)
    if (last === undefined) return []
    const reviewed = await store.selectReviewed(tx, last)
    return months.map((month) => {
      const first = reviewed.get(month)
      return {
        month,
        reviewed: first ? { name: first.signed_name, at: first.signed_at } : null,
        overdue: !first && overdueFrom(month, logReviewDay) <= now,
      }
    })
  })
}

async function pastMonths(tx: Tx, now: Date, most: number): Promise<string[]> {
  const first = await store.selectFirstAccount(tx)
  const months: string[] = []
  const begin = first ? monthOf(first) : null
  for (let month = monthBefore(monthOf(now)); begin !== null && month >= begin;) {
    if (months.length === most) break
    months.push(month)
    month = monthBefore(month)
  }
  return months
}

export interface MonthReview {
  figures: MonthFigures
  /** SHA-256 of them, hex */
  hash: string
  statements: store.StatementRow[]
}

/** The figures of a past month and what was said of it; null for one that is not over, or before there were accounts. */
export function findMonth(
  deps: LogReviewDeps,
  actorId: string,
  month: string,
): Promise<MonthReview | null> {
  return asActor(deps.db, actorId, async (tx) => {
    if (!(await isPast(tx, deps, month))) return null
    const figures = await countMonth(tx, month, deps.config.limits)
    return {
      figures,
      hash: fixFigures(figures).hash,
      statements: await store.selectStatements(tx, month),
    }
  })
}

async function isPast(tx: Tx, { clock }: LogReviewDeps, month: string): Promise<boolean> {
  const first = await store.selectFirstAccount(tx)
  return first !== null && month >= monthOf(first) && month < monthOf(clock.now())
}

export type LogReviewed =
  'signed' | 'not_past' | 'name' | 'findings' | 'long' | 'number' | 'changed'

/**
 * Signs, with one's own name, what a review of a month's log found (Safety Measures standard, art. 8). It is
 * kept beside every earlier statement; its entry commits to the figures that were shown and to the words.
 * `name`: not the signer's own; `number`: a resident registration number in the text; `changed`: the figures are
 * not those that were shown.
 */
export async function signLogReview(
  deps: LogReviewDeps,
  by: string,
  month: string,
  given: { name: string; findings: string; figures: string },
): Promise<LogReviewed> {
  const { limits } = deps.config
  const findings = given.findings.replaceAll('\r\n', '\n').trim()
  if (findings === '') return 'findings'
  if (lengthOf(findings) > limits.logReviewChars) return 'long'
  if (containsResidentNumber(findings)) return 'number'
  return asActor(deps.db, by, async (tx): Promise<LogReviewed> => {
    const now = deps.clock.now()
    if (!(await isPast(tx, deps, month))) return 'not_past'
    const signer = await findSigner(tx, by, given.name)
    if (!signer) return 'name'
    const { text, hash } = fixFigures(await countMonth(tx, month, limits))
    if (hash !== given.figures) return 'changed'
    const id = newId(now.getTime())
    await store.insertStatement(tx, {
      id,
      month: `${month}-01`,
      signed_by: by,
      signed_name: signer.name,
      signed_at: now,
      findings,
      figures: text,
      figures_sha256: Buffer.from(hash, 'hex'),
    })
    await appendEntry(tx, now, {
      kind: 'log.reviewed',
      private: {
        review: id,
        by,
        month,
        figures: hash,
        findings: createHash('sha256').update(findings).digest('hex'),
      },
    })
    return 'signed'
  })
}
