import { findDiffering, supersedeDiffering } from '../authority/check-filed'
import { newestOwn } from '../authority/waiting-pack'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { findClaimForm, findMatterById } from '../matters/list-matters'
import { noteNotice } from '../notices/claim-notice'
import { once } from '../outbox/effects'
import type { NoticeVault } from '../vault/notices'
import type { WorkerVault } from '../vault/vault'
import { answerFiling, type AnswerDeps } from './answer-filing'
import { readClaimContent } from './claim-content'
import { addNeeds, neededByRules, neededOfHeirs } from './needs/add-needs'
import { personOf } from './person-of'
import * as store from './worker.store'

export interface ScreenDeps extends AnswerDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  notices: NoticeVault
}

/**
 * The airlock: opens a new claim once, stores its blind indexes, notes what it lacks by the rules of its
 * matter, looks for an earlier claim of the same person and writes to them. `run` names this try in the record of the opening. Harmless to repeat:
 * everything it changes is one transaction that happens once.
 */
export async function screenClaim(deps: ScreenDeps, claimId: string, run: string): Promise<void> {
  const claim = await store.selectWorkerClaim(deps.db, claimId)
  if (!claim || claim.screened_at !== null || claim.state !== 'unverified') return
  const form = await findClaimForm(deps.db, claim.matter_id, claim.form_version)
  const matter = await findMatterById(deps.db, claim.matter_id)
  if (!form || !matter) throw new Error('a claim names a matter or a form that is not stored')

  const opened = await deps.vault.admit(claimId, run)
  const content = readClaimContent(opened.answers)
  const person = personOf(form, content)
  const wanted = [
    ...neededByRules(matter.content.needs, form, content.answers),
    ...neededOfHeirs(content.household),
  ]
  const indexes = deps.vault.blindIndexes(person)
  const differing = await findDiffering(
    deps.db,
    { id: claimId, form, answers: content.answers, timeZone: matter.content.timeZone },
    opened.packs,
  )
  const signed = newestOwn(opened.packs.filter(({ packId }) => !differing.includes(packId)))
  const now = deps.clock.now()

  await deps.db.transaction((tx) =>
    once(tx, `screen-claim:${claimId}`, async () => {
      const locked = await store.lockClaim(tx, claimId)
      // Gone while it was being read; the mark stays, because there is nothing left to screen.
      if (locked?.state !== 'unverified') return
      await store.replaceBlindIndexes(tx, locked, indexes)
      await store.updateClaim(tx, claimId, { screened_at: now })
      const { found, earlierId } = await answerFiling(tx, now, deps, locked, 'verify-claim', signed)
      await addNeeds(tx, now, deps.config.limits, { claimId, by: null, wanted })
      await supersedeDiffering(tx, now, deps.config.limits, { claimId, packs: differing })
      const notice = await noteNotice(tx, now, deps, locked, content.notice)
      await appendEntry(tx, now, {
        kind: 'claim.screened',
        claimId,
        private: {
          version: locked.version,
          found,
          earlier: earlierId ?? null,
          ...(notice !== null && { notice }),
        },
      })
    }),
  )
}
