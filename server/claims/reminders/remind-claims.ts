import type { PackCore } from '../../authority/pack-content'
import type { Db, Tx } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { newId } from '../../kernel/ids'
import { appendEntry } from '../../ledger/append-entry'
import { queueMail } from '../../mail/queue-mail'
import { deadlineMoment } from '../../matters/filing-open'
import { findMatterById } from '../../matters/list-matters'
import { once } from '../../outbox/effects'
import { addCopy, copyKeyOf } from '../../vault/claimant-copies'
import type { WorkerVault } from '../../vault/vault'
import type { VerificationSecrets } from '../../vault/verification-secrets'
import type { ClaimState } from '../claim-state'
import { findOpenNeeds } from '../needs/find-needs'
import { readSigned } from '../read-signed'
import { findEarlierClaim, insertVerification } from '../worker.store'
import { reminderMoments, type ReminderLimits } from './reminder-moments'
import * as store from './reminders.store'

const hourMs = 60 * 60 * 1000

interface RemindDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  /** link and code of a verification, derived from its id */
  secretsOf: (id: string) => VerificationSecrets
  config: {
    limits: ReminderLimits & { sweepRows: number; verificationHours: number }
  }
}

/** Nothing is asked of them, unless they come back to life. */
const silent: readonly ClaimState[] = ['rejected', 'duplicate', 'withdrawn', 'expired', 'erased']

/**
 * Reminds the people of claims whose moment has come of what is missing, one mail a claim that lists all of it.
 * A moment that nobody was there for is made up for once; one that was ended by the person, or whose mail
 * would come back, passes.
 * @returns how many claims it looked at; as many as `sweepRows` means there may be more
 */
export async function remindClaims(deps: RemindDeps): Promise<number> {
  const now = deps.clock.now()
  const due = await store.selectDue(deps.db, now, deps.config.limits.sweepRows)
  for (const claimId of due) {
    const lacks = await deps.db.transaction((tx) => lookAt(deps, tx, now, claimId))
    if (lacks !== 'signed') continue
    const run = `remind-${now.toISOString()}`
    const signed = await readSigned(deps, claimId, { job: 'remind-claims', run })
    await deps.db.transaction((tx) => lookAt(deps, tx, now, claimId, signed))
  }
  return due.length
}

/**
 * @param signed what waits to be confirmed with the claim
 * @returns `signed` when a mail is due that cannot be made without it: it is opened outside the transaction
 */
async function lookAt(
  deps: RemindDeps,
  tx: Tx,
  now: Date,
  claimId: string,
  signed?: PackCore | null,
): Promise<'signed' | void> {
  const { limits } = deps.config
  // The claim before what hangs on it, as everywhere.
  const claim = await store.lockReminded(tx, claimId)
  const row = await store.lockReminder(tx, claimId)
  // Another worker was here first.
  if (!claim || !row || row.next_at === null || row.next_at > now) return
  const step = row.next_at

  const moments = await momentsOf(deps, tx, claimId, claim)
  const next = moments.find((at) => at > now) ?? null
  const isDue = moments.some((at) => at <= now && (row.last_at === null || at > row.last_at))
  if (!isDue || row.ended_at || claim.bounced_at || silent.includes(claim.state)) {
    return store.updateReminder(tx, claimId, { next_at: next })
  }
  // Whoever confirmed another claim in the case need not confirm this one: it is left to expire.
  const other = claim.state === 'unverified' && (await findEarlierClaim(tx, claim))
  if (other && other.state !== 'unverified')
    return store.updateReminder(tx, claimId, { next_at: null })
  const last = await store.lockLastToAddress(tx, claimId)
  const again = last && new Date(last.getTime() + limits.reminderHours * hourMs)
  if (again && again > now) return store.updateReminder(tx, claimId, { next_at: again })

  if (claim.state === 'unverified' && signed === undefined) return 'signed'
  await once(tx, `remind:${claimId}:${step.toISOString()}`, async () => {
    const mail = await queueReminder(deps, tx, now, { claimId, ...claim }, signed ?? null)
    await appendEntry(tx, now, { kind: 'claim.reminded', claimId, private: { mail } })
  })
  await store.updateReminder(tx, claimId, { next_at: next, last_at: now })
}

/** When to remind of this claim, before and after now. */
async function momentsOf(
  { config }: RemindDeps,
  tx: Tx,
  claimId: string,
  claim: store.RemindedClaim,
): Promise<Date[]> {
  const unconfirmed = claim.state === 'unverified'
  const needs = (await findOpenNeeds(tx, claimId))
    // Until the address is confirmed nothing else is asked for, and not counted from before that either.
    .filter(({ kind }) => (kind === 'confirm') === unconfirmed)
    .map((need) =>
      claim.verified_at && claim.verified_at > need.asked_at
        ? { ...need, asked_at: claim.verified_at }
        : need,
    )
  if (needs.length === 0) return []
  const matter = unconfirmed ? null : await findMatterById(tx, claim.matter_id)
  const deadlines = (matter?.content.deadlines ?? []).map(deadlineMoment)
  return reminderMoments(needs, deadlines, config.limits)
}

/** With a fresh link to confirm the address where that is what is missing; earlier ones work as long as they did. */
async function queueReminder(
  { config, secretsOf }: RemindDeps,
  tx: Tx,
  now: Date,
  claim: { claimId: string; state: ClaimState; language: 'ko' | 'en' },
  signed: PackCore | null,
): Promise<string> {
  const { claimId, language } = claim
  const mail = { template: 'reminder', claimId, language, at: now } as const
  if (claim.state !== 'unverified') return queueMail(tx, mail)
  const id = newId(now.getTime())
  await insertVerification(tx, {
    id,
    claim_id: claimId,
    pack_id: signed?.pack ?? null,
    created_at: now,
    expires_at: new Date(now.getTime() + config.limits.verificationHours * hourMs),
  })
  if (signed) {
    const to = copyKeyOf(secretsOf(id).token)!
    await addCopy(tx, now, to, { kind: 'signed', claimId, content: signed })
  }
  return queueMail(tx, { ...mail, subjectId: id })
}
