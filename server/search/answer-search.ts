import { z } from 'zod'
import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import type { Limits } from '../limits'
import type { WorkerVault } from '../vault/vault'
import * as store from './search.store'

export interface AnswerDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  config: { limits: Pick<Limits, 'searchClaims' | 'searchWaitMinutes' | 'searchesPerHour'> }
}

const hourMs = 60 * 60 * 1000

const boxed = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('email'), email: z.string() }),
  z.strictObject({ kind: z.literal('phone'), phones: z.array(z.string()).min(1).max(2) }),
  z.strictObject({
    kind: z.literal('name_birth'),
    name: z.string(),
    births: z.array(z.string()).min(1).max(4),
  }),
])

/**
 * Finds the claims of whom somebody looks for, by blind index, exactly. That they were found is an opening of
 * each of them by who searched, counted in their budget; a search that finds nothing is recorded and counted
 * too. With the answer goes what was typed. Harmless to repeat.
 */
export async function answerSearch(deps: AnswerDeps, searchId: string): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const search = await store.lockWaiting(tx, searchId)
    if (search) await answer(deps, tx, search)
  })
}

async function answer(deps: AnswerDeps, tx: Tx, search: store.WaitingSearch): Promise<void> {
  const { clock, vault, config } = deps
  const { searchClaims, searchWaitMinutes, searchesPerHour } = config.limits
  const now = clock.now()
  const lapse = (why: string) => lapseSearch(tx, now, search, why)

  if (now.getTime() - search.asked_at.getTime() > searchWaitMinutes * 60_000) return lapse('late')
  const role = await store.selectActiveRole(tx, search.person_id)
  if (role !== 'administrator' && role !== 'moderator') return lapse('ended')
  // Counted again: a staff surface that was taken over tries no numbers without end.
  const until = search.asked_at
  const hour = { since: new Date(until.getTime() - hourMs), until }
  if ((await store.countSearches(tx, search.person_id, hour)) > searchesPerHour) {
    return lapse('too_often')
  }

  const text = vault.openFromWorkerBox('search', search.id, search.box)
  const looked = boxed.parse(JSON.parse(text))
  // The row is not sealed: what it says it is must be what was sealed.
  if (looked.kind !== search.kind) return lapse('invalid')
  const found = await store.selectClaimsWith(tx, vault.lookedIndexes(looked), searchClaims)
  try {
    const entryId = await vault.recordSearch(tx, now, {
      claimIds: found,
      personId: search.person_id,
      facts: {
        search: search.id,
        by: search.kind,
        reason: search.reason,
        why: search.why_sha256.toString('hex'),
      },
    })
    const hits = found.length
    await store.markHandled(tx, search.id, { at: now, outcome: 'answered', hits, entryId })
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'budget_exceeded') throw error
    await store.markHandled(tx, search.id, { at: now, outcome: 'refused' })
  }
}

/** Forgets a search without an answer. */
export async function lapseSearch(
  tx: Tx,
  now: Date,
  search: { id: string; person_id: string },
  why: string,
): Promise<void> {
  await store.markHandled(tx, search.id, { at: now, outcome: 'lapsed' })
  await appendEntry(tx, now, {
    kind: 'search.lapsed',
    private: { search: search.id, person: search.person_id, why },
  })
}
