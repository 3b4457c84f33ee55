import type { Db, Tx } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { appendEntry } from '../../ledger/append-entry'
import type { Limits } from '../../limits'
import { queueMail } from '../../mail/queue-mail'
import { normaliseEmail } from '../../matters/forms/email'
import { containsResidentNumber } from '../../matters/forms/resident-number'
import { findClaimForm } from '../../matters/list-matters'
import { once } from '../../outbox/effects'
import { digestToken, type VerificationSecrets } from '../../vault/verification-secrets'
import type { WorkerVault } from '../../vault/vault'
import type { ChangeHandler } from '../changes/handler'
import { allowsChange } from '../changes/change-kinds'
import { readClaim } from '../changes/read-claim'
import { readClaimContent } from '../claim-content'
import { personOf } from '../person-of'
import { lockClaim, selectWorkerClaim, type WorkerClaim } from '../worker.store'
import { isOver, type Side } from './change-state'
import { addText, openAddresses } from './change-texts'
import { stopEmailChange } from './stop-email-change'
import * as store from './worker.store'

const hourMs = 60 * 60 * 1000

export interface StartDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  secretsOf: (id: string) => VerificationSecrets
  config: { limits: Limits }
}

/** Link and code of one of the two mails, derived like every other. */
export function secretsOfSide(
  { secretsOf }: Pick<StartDeps, 'secretsOf'>,
  changeId: string,
  side: Side,
): VerificationSecrets {
  return secretsOf(`${changeId} ${side}`)
}

/**
 * Begins a change of address that a person asked for from their own page: both mailboxes are asked to
 * confirm, the old one so that whoever came by an open page cannot take the claim away.
 */
export const prepareEmailChange: ChangeHandler<'change_email'> = async (deps, change) => {
  const { limits } = deps.config
  const typed = change.content.email
  const email = normaliseEmail(typed)
  if (email === undefined || containsResidentNumber(typed)) return 'invalid'
  const { form, content, version } = await readClaim(deps, change)
  const { email: old } = personOf(form, content)
  if (isSame(deps, old, email)) return 'unchanged'
  return async (tx, now, claim) => {
    if (claim.version !== version) return 'stale'
    const since = new Date(now.getTime() - 24 * hourMs)
    if ((await store.countBegun(tx, claim.id, since)) >= limits.emailChangesPerDay) {
      return 'too_often'
    }
    const { id } = change
    await replaceEarlier(tx, now, claim)
    await store.insertOfClaimant(tx, {
      id,
      claimId: claim.id,
      createdAt: now,
      expiresAt: new Date(now.getTime() + limits.emailChangeHours * hourMs),
    })
    await addText(tx, deps, { id, claimId: claim.id }, { kind: 'new', text: email })
    await begin(tx, now, deps, claim, { id, old, template: 'email-change-old', by: 'claimant' })
    return null
  }
}

/**
 * Begins a change that one of the staff started for somebody who lost their mailbox: the old one hears
 * of it at once, the new one is asked to confirm. Harmless to repeat.
 */
export async function startEmailChange(
  deps: StartDeps,
  changeId: string,
  run: string,
): Promise<void> {
  const { db, vault, clock, config } = deps
  const change = await store.selectEmailChange(db, changeId)
  if (!change || change.started_at !== null || change.stopped_at !== null) return
  const claim = await selectWorkerClaim(db, change.claim_id)
  if (!claim) return
  if (!allowsChange(claim.state, 'change_email')) {
    const now = clock.now()
    await db.transaction(async (tx) => {
      const current = await store.lockEmailChange(tx, { id: changeId })
      if (current && !isOver(current)) await stopEmailChange(tx, now, current, 'moved')
    })
    return
  }
  const job = { job: 'start-email-change', run, purpose: 'email_change' } as const
  const { new: typed = '' } = await openAddresses(deps, change, job)
  const email = normaliseEmail(typed)
  const form = await findClaimForm(db, claim.matter_id, claim.form_version)
  if (!form || email === undefined) throw new Error('a change of address has no address or form')
  const opened = await vault.open([claim.id], {
    actor: { kind: 'job', job: job.job, run, requestedBy: change.requested_by! },
    purpose: job.purpose,
  })
  const { answers, version } = opened.get(claim.id)!
  const { email: old } = personOf(form, readClaimContent(answers))
  const now = clock.now()

  await db.transaction((tx) =>
    once(tx, `start-email-change:${changeId}`, async () => {
      const locked = await lockClaim(tx, claim.id)
      if (locked?.version !== version) throw new Error('the claim changed meanwhile')
      const current = await store.lockEmailChange(tx, { id: changeId })
      if (!current || isOver(current)) return
      if (isSame(deps, old, email)) return stopEmailChange(tx, now, current, 'unchanged')
      await replaceEarlier(tx, now, locked)
      const holdUntil = new Date(now.getTime() + config.limits.emailChangeHoldHours * hourMs)
      await store.updateEmailChange(tx, changeId, { hold_until: holdUntil })
      await begin(tx, now, deps, locked, {
        id: changeId,
        old,
        template: 'email-change-staff-notice',
        by: 'staff',
      })
    }),
  )
}

function isSame({ vault }: Pick<StartDeps, 'vault'>, one: string, other: string): boolean {
  return vault.emailIndex(one).equals(vault.emailIndex(other))
}

/** The newest takes the place of one that is under way: its links stop working. */
async function replaceEarlier(tx: Tx, now: Date, { id }: WorkerClaim): Promise<void> {
  const earlier = await store.lockOpenOf(tx, id)
  if (earlier) await stopEmailChange(tx, now, earlier, 'newer')
}

async function begin(
  tx: Tx,
  now: Date,
  deps: Pick<StartDeps, 'vault' | 'secretsOf'>,
  claim: WorkerClaim,
  change: {
    id: string
    old: string
    template: 'email-change-old' | 'email-change-staff-notice'
    by: 'claimant' | 'staff'
  },
): Promise<void> {
  const { id, old, template, by } = change
  const hash = (side: Side) => digestToken(secretsOfSide(deps, id, side).token)
  await store.updateEmailChange(tx, id, {
    started_at: now,
    old_token_hash: hash('old'),
    new_token_hash: hash('new'),
  })
  await addText(tx, deps, { id, claimId: claim.id }, { kind: 'old', text: old })
  await appendEntry(tx, now, {
    kind: 'claim.email_change_started',
    claimId: claim.id,
    private: { change: id, by },
  })
  const mail = { claimId: claim.id, subjectId: id, language: claim.language, at: now }
  await queueMail(tx, { ...mail, template })
  await queueMail(tx, { ...mail, template: 'email-change-new' })
}
