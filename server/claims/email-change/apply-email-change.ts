import type { Db, Tx } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { appendEntry } from '../../ledger/append-entry'
import { dropUnsent } from '../../mail/drop-unsent'
import { queueMail } from '../../mail/queue-mail'
import { findClaimForm } from '../../matters/list-matters'
import type { ClaimForm } from '../../matters/form-schema'
import { once } from '../../outbox/effects'
import type { WorkerVault } from '../../vault/vault'
import { endAccess } from '../access/end-access'
import { readClaimContent, type ClaimContent } from '../claim-content'
import { personOf, withEmail } from '../person-of'
import * as claims from '../worker.store'
import { endTaskLinks } from '../needs/task-links'
import { endReminderLink } from '../reminders/switch-reminders'
import { writeVersion } from '../write-version'
import { isDue, isOver } from './change-state'
import { openAddresses } from './change-texts'
import { stopEmailChange } from './stop-email-change'
import { deleteTexts } from './texts.store'
import * as store from './worker.store'

export interface ApplyDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
}

/** A claim with its new content, made from the version that was read. */
interface Rewritten {
  id: string
  version: number
  form: ClaimForm
  content: ClaimContent
}

/**
 * Makes a change of address that is due, once: a further version of each claim of this person with the old
 * address, and of nobody else's. What the old mailbox has open, or could open, of these claims ends in the
 * same transaction; both mailboxes are told.
 * @throws Error when a claim changed while it was read: the queue tries again
 */
export async function applyEmailChange(
  deps: ApplyDeps,
  changeId: string,
  run: string,
): Promise<void> {
  const { db, clock } = deps
  const change = await store.selectEmailChange(db, changeId)
  if (!change || !isDue(change, clock.now())) return
  const rewritten = await rewrite(deps, change, run)
  const now = clock.now()
  await db.transaction((tx) =>
    once(tx, `apply-email-change:${changeId}`, async () => {
      const ids = rewritten?.map(({ id }) => id) ?? []
      const locked = new Map<string, claims.WorkerClaim>()
      for (const id of [...ids].sort()) locked.set(id, (await claims.lockClaim(tx, id))!)
      const current = await store.lockEmailChange(tx, { id: changeId })
      // Stopped at the last moment.
      if (!current || isOver(current)) return
      if (!rewritten) return stopEmailChange(tx, now, current, 'moved')
      if (!(await store.areStaffActive(tx, current))) {
        return stopEmailChange(tx, now, current, 'staff_left')
      }
      await expectUnchanged(tx, current, rewritten, locked)
      for (const one of rewritten) await put(tx, now, deps, current, one, locked.get(one.id)!)
      for (const id of ids) await noteEarlier(tx, locked.get(id)!)
      await endAccess(tx, ids)
      await store.updateEmailChange(tx, changeId, { applied_at: now, applied_claims: ids.length })
      // The old one is needed until it has been told.
      await deleteTexts(tx, changeId, ['new'])
      await dropUnsent(tx, current.claim_id, 'email_change')
      const { language } = locked.get(current.claim_id)!
      const mail = { claimId: current.claim_id, subjectId: changeId, language, at: now }
      await queueMail(tx, { ...mail, template: 'email-changed' })
      await queueMail(tx, { ...mail, template: 'email-changed-old' })
    }),
  )
}

/** Reads all claims of the person, on the record; null when the one asked from has another address by now. */
async function rewrite(
  deps: ApplyDeps,
  change: store.EmailChangeRow,
  run: string,
): Promise<Rewritten[] | null> {
  const { db, vault } = deps
  const job = { job: 'apply-email-change', run, purpose: 'email_change' } as const
  const { old, new: fresh } = await openAddresses(deps, change, job)
  if (old === undefined || fresh === undefined) throw new Error('a change has lost its addresses')
  const found = await store.selectClaimsOfPerson(db, change.claim_id)
  if (!found.some(({ id }) => id === change.claim_id)) return null
  const opened = await vault.open(
    found.map(({ id }) => id),
    { actor: { kind: 'job', job: job.job, run }, purpose: job.purpose },
  )
  const rewritten: Rewritten[] = []
  for (const { id, matter_id: matterId, form_version: formVersion } of found) {
    const form = await findClaimForm(db, matterId, formVersion)
    if (!form) throw new Error('a claim names a form that is not stored')
    const { answers, version } = opened.get(id)!
    const content = readClaimContent(answers)
    const has = vault.emailIndex(personOf(form, content).email)
    if (!has.equals(vault.emailIndex(old))) continue
    rewritten.push({ id, version, form, content: withEmail(form, content, fresh) })
  }
  return rewritten.some(({ id }) => id === change.claim_id) ? rewritten : null
}

async function expectUnchanged(
  tx: Tx,
  change: store.EmailChangeRow,
  rewritten: Rewritten[],
  locked: Map<string, claims.WorkerClaim>,
): Promise<void> {
  const now = await store.selectClaimsOfPerson(tx, change.claim_id)
  const same =
    now.length === rewritten.length &&
    rewritten.every(({ id, version }) => locked.get(id)?.version === version)
  if (!same) throw new Error('the claims changed meanwhile')
}

async function put(
  tx: Tx,
  now: Date,
  deps: ApplyDeps,
  change: store.EmailChangeRow,
  { form, content }: Rewritten,
  claim: claims.WorkerClaim,
): Promise<void> {
  const facts = await writeVersion(tx, now, deps, claim, { form, content })
  await endTaskLinks(tx, now, claim.id)
  await endReminderLink(tx, claim.id)
  // That a mail to the address before came back says nothing about this one.
  await claims.updateClaim(tx, claim.id, { bounced_at: null })
  await appendEntry(tx, now, {
    kind: 'claim.email_changed',
    claimId: claim.id,
    private: {
      change: change.id,
      by: change.origin,
      ...(change.requested_by !== null && {
        person: change.requested_by,
        approvedBy: change.approved_by,
        why: change.reason,
      }),
      ...facts,
    },
  })
}

/** With the new address it may turn out that the same person had filed in this matter before. */
async function noteEarlier(tx: Tx, claim: claims.WorkerClaim): Promise<void> {
  const earlier = await claims.findEarlierClaim(tx, claim)
  // Ids rise with time.
  if (!earlier || earlier.id > claim.id) return
  await claims.updateClaim(tx, claim.id, { duplicate_of: earlier.id })
}
