import { askForPapers } from '../server/authority/ask-for-papers'
import { redriveAuthority } from '../server/authority/redrive-authority'
import { sleepUnused } from '../server/accounts/sleep-unused'
import { redriveApprovals, tendApprovals } from '../server/approvals/tend-approvals'
import { redriveBatches } from '../server/batches/redrive-batches'
import { tellFirms } from '../server/batches/tell-firms'
import { expireAccess, redriveAccess } from '../server/claims/access/expire-access'
import { renewIncompleteCopies } from '../server/claims/access/renew-copies'
import {
  expireEmailChanges,
  redriveEmailChanges,
} from '../server/claims/email-change/tend-email-changes'
import { remindClaims } from '../server/claims/reminders/remind-claims'
import { expireClaims } from '../server/claims/expire-claims'
import { redriveChanges } from '../server/claims/changes/redrive-changes'
import { redriveClaims } from '../server/claims/redrive-claims'
import { redriveDocuments, sweepObjects } from '../server/evidence/sweep-documents'
import { expireDrafts } from '../server/intake/expire-drafts'
import { renewMessagesBehind } from '../server/messages/renew-messages'
import { tellOfQuestions } from '../server/messages/tell-of-questions'
import { sweepMails } from '../server/mail/sweep-mails'
import { watchMails } from '../server/mail/watch-mails'
import { expireNoticeChecks, redriveNoticeChecks } from '../server/notices/tend-notices'
import { expireLeakLists } from '../server/oversight/expire-leak-lists'
import { remindOfReview } from '../server/oversight/remind-of-review'
import { claimEffect, heldEffects, pruneEffects } from '../server/outbox/effects'
import { pruneCounts } from '../server/oversight/prune-counts'
import { expireDataCopies } from '../server/privacy/expire-data-copies'
import { tendSearches } from '../server/search/tend-searches'
import type { WorkerDeps } from './deps'
import { startLoop, type Loop } from './loop'
import { pruneOutbox } from './relay-outbox'

/** Full portions that one kind of upkeep may take before the next kind has its turn. */
const mostRounds = 20

interface Upkeep {
  everyMs: number
  /** Says how many rows it took up, where there may be more than one run takes. */
  run: (deps: WorkerDeps) => Promise<number | void>
}

/** What has to be looked after again and again, whoever files or does not. */
export function upkeepOf({ sweepMs, redriveMs, orphanSweepMs }: WorkerDeps['config']['limits']) {
  return {
    'sweep-mails': { everyMs: sweepMs, run: sweepMails },
    'watch-mails': { everyMs: redriveMs, run: watchMails },
    'redrive-claims': { everyMs: redriveMs, run: redriveClaims },
    'redrive-batches': {
      everyMs: redriveMs,
      run: async ({ db, clock, config }) => {
        const now = clock.now()
        const before = new Date(now.getTime() - config.limits.redriveMs)
        await redriveBatches(db, { now, before, limit: config.limits.sweepRows })
      },
    },
    'remind-claims': { everyMs: sweepMs, run: remindClaims },
    'tell-firms': { everyMs: sweepMs, run: tellFirms },
    'ask-for-papers': { everyMs: sweepMs, run: askForPapers },
    'redrive-authority': { everyMs: redriveMs, run: redriveAuthority },
    'expire-claims': { everyMs: sweepMs, run: expireClaims },
    'expire-access': { everyMs: sweepMs, run: expireAccess },
    'redrive-access': { everyMs: redriveMs, run: redriveAccess },
    'renew-copies': { everyMs: sweepMs, run: renewIncompleteCopies },
    'expire-email-changes': { everyMs: sweepMs, run: expireEmailChanges },
    'redrive-email-changes': { everyMs: redriveMs, run: redriveEmailChanges },
    'redrive-changes': { everyMs: redriveMs, run: redriveChanges },
    'expire-data-copies': { everyMs: sweepMs, run: expireDataCopies },
    'renew-messages': { everyMs: redriveMs, run: renewMessagesBehind },
    'tell-of-questions': { everyMs: sweepMs, run: tellOfQuestions },
    'remind-of-review': { everyMs: 60 * 60 * 1000, run: remindOfReview },
    'expire-leak-lists': { everyMs: sweepMs, run: expireLeakLists },
    'redrive-documents': { everyMs: redriveMs, run: redriveDocuments },
    'sweep-objects': { everyMs: orphanSweepMs, run: sweepObjects },
    'tend-searches': { everyMs: sweepMs, run: tendSearches },
    'tend-approvals': { everyMs: sweepMs, run: tendApprovals },
    'redrive-approvals': { everyMs: redriveMs, run: redriveApprovals },
    'expire-drafts': { everyMs: sweepMs, run: expireDrafts },
    'sleep-accounts': {
      everyMs: 60 * 60 * 1000,
      run: async (deps) => {
        await sleepUnused(deps)
      },
    },
    'expire-notice-checks': { everyMs: sweepMs, run: expireNoticeChecks },
    'redrive-notice-checks': { everyMs: redriveMs, run: redriveNoticeChecks },
    'prune-outbox': {
      everyMs: sweepMs,
      run: ({ db, config }) => pruneOutbox({ db, limits: config.limits }),
    },
    'prune-counts': { everyMs: 60 * 60 * 1000, run: pruneCounts },
    'prune-effects': {
      everyMs: 60 * 60 * 1000,
      run: ({ db, config }) => pruneEffects(db, config.limits.effectKeepDays),
    },
  } satisfies Record<string, Upkeep>
}

/**
 * Runs the upkeep of all workers together once per interval: each interval is a lease in `effects`,
 * which needs no connection kept open and outlives whoever took it. All of it is harmless to run twice.
 */
export function startUpkeep(deps: WorkerDeps): Loop {
  const { limits } = deps.config
  return startLoop('upkeep', limits.sweepMs, deps.log, async () => {
    // One look instead of a try for each kind, most of which are not due.
    const held = await heldEffects(deps.db, 'upkeep:')
    for (const [name, { everyMs, run }] of Object.entries<Upkeep>(upkeepOf(limits))) {
      if (held.has(`upkeep:${name}`)) continue
      // A little less than the interval, so that the next round is not too early for it.
      const taken = await claimEffect(deps.db, `upkeep:${name}`, everyMs * 0.9)
      if (taken !== 'claimed') continue
      try {
        for (let round = 0; round < mostRounds; round++) {
          if ((await run(deps)) !== limits.sweepRows) break
        }
      } catch (err) {
        deps.log.error({ err, upkeep: name }, 'upkeep failed')
      }
    }
  })
}
