import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import type { ClaimForm } from '../matters/form-schema'
import { findClaimForm } from '../matters/list-matters'
import { normaliseEmail } from '../matters/forms/email'
import { once } from '../outbox/effects'
import type { WorkerVault } from '../vault/vault'
import { answerFiling, type AnswerDeps } from './answer-filing'
import { readClaimContent, type ClaimContent } from './claim-content'
import { isCorrectable } from './correctable'
import { withEmail } from './person-of'
import { readSigned } from './read-signed'
import { requestLimit, type RequestLimits } from './request-limits'
import * as store from './worker.store'
import { writeVersion } from './write-version'

export interface RequestDeps extends AnswerDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  config: AnswerDeps['config'] & {
    limits: RequestLimits & { correctionHours: number }
  }
}

/**
 * Does what a claimant asked for and only the worker can: a new link, or another address on the claim.
 * A request that comes too late, or when the claim is confirmed, is marked as handled and changes nothing.
 * @throws Error while the claim has not been screened: the queue tries again a little later
 */
export async function handleRequest(
  deps: RequestDeps,
  requestId: string,
  run: string,
): Promise<void> {
  const request = await store.selectRequest(deps.db, requestId)
  if (!request || request.handled_at !== null) return
  const claim = await store.selectWorkerClaim(deps.db, request.claim_id)
  if (!claim) return
  if (claim.state === 'unverified' && claim.screened_at === null) {
    throw new Error('the claim of this request has not been screened yet')
  }
  const corrected =
    request.kind === 'correct_email' && (await prepareCorrection(deps, request, claim, run))
  const signed = await readSigned(deps, claim.id, { job: 'handle-request', run })
  const now = deps.clock.now()

  await deps.db.transaction((tx) =>
    once(tx, `handle-request:${requestId}`, async () => {
      const locked = await store.lockClaim(tx, claim.id)
      await store.markHandled(tx, requestId, now)
      if (locked?.state !== 'unverified') return
      // The surface counts before it takes a request, and says so. Counted again, so that a taken-over
      // surface cannot make us mail somebody without end.
      const { kind, asked_from: from, created_at: at } = request
      const { most, since } = requestLimit({ kind, from, at }, deps.config.limits)
      if ((await store.countEarlier(tx, request, since)) >= most) return

      if (request.kind === 'new_link') {
        await answerFiling(tx, now, deps, locked, 'verify-claim', signed)
        return
      }
      if (!corrected) return
      // Another correction came first; this one was made from what it replaced.
      if (locked.version !== corrected.version) throw new Error('the claim changed meanwhile')
      const facts = await writeVersion(tx, now, deps, locked, corrected)
      const { found, earlierId } = await answerFiling(
        tx,
        now,
        deps,
        { ...locked, version: facts.version },
        'verify-corrected',
        signed,
      )
      await appendEntry(tx, now, {
        kind: 'claim.email_corrected',
        claimId: claim.id,
        private: {
          request: requestId,
          ...facts,
          found,
          earlier: earlierId ?? null,
        },
      })
    }),
  )
}

interface Correction {
  /** of the record that it was made from */
  version: number
  form: ClaimForm
  content: ClaimContent
}

/** Reads the typed address and the claim; nothing when the correction is not allowed or not an address. */
async function prepareCorrection(
  deps: RequestDeps,
  request: store.RequestRow,
  claim: store.WorkerClaim,
  run: string,
): Promise<Correction | undefined> {
  if (request.box === null) return undefined
  if (!isCorrectable(claim, request.created_at, deps.config.limits)) return undefined
  const typed = deps.vault.openFromWorkerBox('correct_email', request.id, request.box)
  const email = normaliseEmail(typed)
  const form = await findClaimForm(deps.db, claim.matter_id, claim.form_version)
  if (!form || email === undefined) return undefined

  const opened = await deps.vault.open([claim.id], {
    actor: { kind: 'job', job: 'handle-request', run },
    purpose: 'email_correction',
  })
  const { answers, version } = opened.get(claim.id)!
  return { version, form, content: withEmail(form, readClaimContent(answers), email) }
}
