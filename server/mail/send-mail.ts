import { noteBounce } from '../claims/note-bounce'
import { appendEntry } from '../ledger/append-entry'
import { claimEffect, finishEffect } from '../outbox/effects'
import type { Limits } from '../limits'
import type { Log } from '../web/log'
import { composeLetter, type ComposeDeps } from './compose-letter'
import * as store from './mail.store'
import { goesToClaimant } from './templates'
import { sealedLetter } from './sealed-letters'
import type { Mailer } from './transport'

export interface SendDeps extends ComposeDeps {
  mailer: Mailer
  config: ComposeDeps['config'] & { limits: Limits }
  log: Log
}

/**
 * One attempt to send a queued mail. The attempt is claimed first, so that a job that runs twice sends
 * once; what became of it is written in one transaction. A mail can double only when this process dies
 * between the server's yes and that commit, and then carries the same Message-ID. Trying again is the
 * sweeper's work alone, by `next_attempt_at`; this never throws for what a mail server does.
 */
export async function sendMail(deps: SendDeps, mailId: string): Promise<void> {
  const { db, clock, log, config } = deps
  const seen = await store.selectMail(db, mailId)
  if (seen?.state !== 'queued') return
  const key = `mail:${mailId}:${seen.attempts}`
  if ((await claimEffect(db, key, config.limits.mailLeaseMs)) !== 'claimed') return
  // Read again: another run may have finished this attempt between the two.
  const mail = await store.selectMail(db, mailId)
  if (mail?.state !== 'queued' || mail.attempts !== seen.attempts) return

  const result = await attempt(deps, mail)
  const now = clock.now()
  const row = rowOf(result, mail, now, config.limits)
  await db.transaction(async (tx) => {
    if (!(await store.updateAttempt(tx, mail, row))) return
    await finishEffect(tx, key)
    const sealed = sealedLetter(mail.template)
    if (row.state !== 'deferred') await sealed?.close(tx, mail, now, row.state, config.limits)
    // Of the address on the claim a mail to another one says nothing.
    if (
      mail.claim_id !== null &&
      goesToClaimant(mail.template) &&
      (await store.isNewest(tx, mail))
    ) {
      const lost = row.state === 'bounced' || row.state === 'failed'
      if (lost || row.state === 'sent') await noteBounce(tx, mail.claim_id, lost ? now : null)
    }
    if (result.kind === 'bounced' && mail.claim_id !== null) {
      await appendEntry(tx, now, {
        kind: 'claim.mail_bounced',
        claimId: mail.claim_id,
        private: { mail: mailId, template: mail.template, code: result.smtpCode },
      })
    }
  })
  if (result.kind === 'deferred' || result.kind === 'bounced') {
    const { kind, smtpCode, why } = result
    log.warn(
      { mail: mailId, kind, smtpCode, why, attempts: mail.attempts + 1 },
      'a mail did not go',
    )
  }
}

type Result =
  | { kind: 'sent' | 'dropped' }
  | { kind: 'bounced' | 'deferred'; smtpCode: number | null; why: string }

async function attempt(deps: SendDeps, mail: store.MailRow): Promise<Result> {
  try {
    const letter = await composeLetter(deps, mail)
    return letter ? await deps.mailer.send(letter) : { kind: 'dropped' }
  } catch (err) {
    // Counts as an attempt: a mail that can never be written must end as failed, not wait for ever.
    deps.log.error({ err, mail: mail.id }, 'a mail could not be written')
    return { kind: 'deferred', smtpCode: null, why: 'unwritten' }
  }
}

function rowOf(result: Result, mail: store.MailRow, now: Date, limits: Limits) {
  switch (result.kind) {
    case 'sent':
      return { state: 'sent' as const, sent_at: now, smtp_code: null }
    case 'dropped':
      return { state: 'dropped' as const }
    case 'bounced':
      return { state: 'bounced' as const, smtp_code: result.smtpCode }
    case 'deferred': {
      const attempts = mail.attempts + 1
      if (attempts >= limits.mailAttempts) {
        return { state: 'failed' as const, smtp_code: result.smtpCode }
      }
      const wait = Math.min(limits.mailBackoffMs * 2 ** (attempts - 1), limits.mailBackoffMaxMs)
      return {
        state: 'deferred' as const,
        smtp_code: result.smtpCode,
        next_attempt_at: new Date(now.getTime() + wait),
      }
    }
  }
}
