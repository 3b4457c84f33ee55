import type { Db, Tx } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import type { Limits } from '../../limits'
import type { Vault } from '../../vault/vault'
import type { VerificationSecrets } from '../../vault/verification-secrets'
import { emailHint } from '../access/name-hints'
import { isOver } from './change-state'
import { openAddresses } from './change-texts'
import { secretsOfSide } from './start-email-change'
import { deleteTexts } from './texts.store'
import * as store from './worker.store'

const hourMs = 60 * 60 * 1000

/** What a mail about a change of address is written from; the address stands in no claim, or not any more. */
export interface ChangeLetter {
  to: string
  /** of the mailbox it goes to */
  secrets: VerificationSecrets
  /** as their owners know them again: k•••@naver.com */
  hints: { old: string; new: string }
  origin: 'claimant' | 'staff'
  expiresAt: Date
  /** the first moment at which what staff started takes effect */
  effectFrom: Date
  reason: string | null
  identifiedBy: string | null
  claims: number
}

interface LetterDeps {
  db: Db
  clock: Clock
  vault: Pick<Vault, 'openTexts'>
  secretsOf: (id: string) => VerificationSecrets
  config: { limits: Limits }
}

/**
 * For the worker, at each attempt to send: the address and what the mail says. Null when it has no sense any
 * more. Opening the address is on the record like any other.
 */
export async function readChangeLetter(
  deps: LetterDeps,
  mail: { id: string; template: string; subject_id: string | null },
): Promise<ChangeLetter | null> {
  const change = mail.subject_id && (await store.selectEmailChange(deps.db, mail.subject_id))
  if (!change) return null
  const now = deps.clock.now()
  const told = mail.template === 'email-changed-old'
  const tooLate = change.origin === 'claimant' && change.expires_at <= now
  if (told ? change.applied_at === null : isOver(change) || tooLate) return null
  const job = { job: 'send-mail', run: mail.id, purpose: 'mail' } as const
  const { old, new: fresh } = await openAddresses(deps, change, job)
  const side = mail.template === 'email-change-new' ? 'new' : 'old'
  const to = side === 'new' ? fresh : old
  if (to === undefined) return null
  return {
    to,
    secrets: secretsOfSide(deps, change.id, side),
    hints: { old: old ? emailHint(old) : '', new: fresh ? emailHint(fresh) : '' },
    origin: change.origin,
    expiresAt: change.expires_at,
    effectFrom: holdFrom(change, now, deps.config.limits),
    reason: change.reason,
    identifiedBy: change.identified_by,
    claims: change.applied_claims ?? 0,
  }
}

/** How many claims a change that was made has changed. */
export async function countChanged(db: Db, changeId: string): Promise<number> {
  return (await store.selectEmailChange(db, changeId))?.applied_claims ?? 0
}

/**
 * The mail has gone, or never will, in the transaction that records it. The owner of the old mailbox has
 * their time from when the notice went out, however long that took; after the last mail nothing of what
 * was sealed stays.
 */
export async function closeChangeLetter(
  tx: Tx,
  mail: { template: string; subject_id: string | null },
  now: Date,
  outcome: 'sent' | 'bounced' | 'failed' | 'dropped',
  limits: Limits,
): Promise<void> {
  const id = mail.subject_id!
  if (mail.template === 'email-changed-old') return deleteTexts(tx, id, ['old'])
  if (mail.template !== 'email-change-staff-notice') return
  const change = await store.lockEmailChange(tx, { id })
  if (!change || isOver(change)) return
  await store.updateEmailChange(tx, id, {
    noticed_at: now,
    ...(outcome === 'sent' && { hold_until: holdFrom(change, now, limits) }),
  })
}

function holdFrom({ hold_until: until }: store.EmailChangeRow, now: Date, limits: Limits): Date {
  const full = now.getTime() + limits.emailChangeHoldHours * hourMs
  return new Date(Math.max(until?.getTime() ?? 0, full))
}
