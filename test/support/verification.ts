import { confirmClaim } from '../../server/claims/confirm-claim'
import { handleRequest } from '../../server/claims/handle-request'
import { screenClaim } from '../../server/claims/screen-claim'
import type { Clock } from '../../server/kernel/clock'
import { limits } from '../../server/limits'
import { copyTokens } from '../../server/vault/claimant-copies'
import { createNoticeVault } from '../../server/vault/notices'
import { createWorkerVault } from '../../server/vault/vault'
import {
  digestToken,
  verificationSecrets,
  type VerificationSecrets,
} from '../../server/vault/verification-secrets'
import type { TestKeys } from './app'
import type { TestDatabase } from './database'

/**
 * Does what the worker does for claimants, at once and without a queue: screens, handles requests, checks
 * what was pressed or typed, and arms the newest verification as mailing it would.
 * @returns link and code of the newest verification
 */
export async function workOff(
  database: TestDatabase,
  keys: TestKeys,
  clock: Clock,
): Promise<VerificationSecrets> {
  const db = database.db.worker
  const vault = createWorkerVault(
    { db, clock, limits },
    {
      vaultKey: keys.VAULT_KEY,
      intakePublicKey: keys.INTAKE_PUBLIC_KEY,
      intakeSecretKey: keys.INTAKE_SECRET_KEY,
      indexKey: keys.INDEX_KEY,
    },
  )
  const copyTokenOf = copyTokens(keys.TOKEN_KEY)
  const secretsOf = verificationSecrets(keys.TOKEN_KEY)
  const notices = createNoticeVault({ noticeKey: keys.NOTICE_KEY })
  const deps = { db, clock, vault, notices, config: { limits }, copyTokenOf, secretsOf }
  const waiting = await db('outbox').whereNull('handed_at').orderBy('id').select()
  for (const { id, job, payload } of waiting) {
    if (job === 'screen-claim') await screenClaim(deps, payload.claimId, `run-${id}`)
    if (job === 'confirm-claim') await confirmClaim(deps, payload.confirmationId)
    if (job === 'handle-request') await handleRequest(deps, payload.requestId, `run-${id}`)
    await db('outbox').where({ id }).update({ handed_at: db.fn.now() })
  }
  const newest = await db('verifications')
    .whereNull('superseded_at')
    .orderBy('created_at', 'desc')
    .first()
  const secrets = secretsOf(newest.id)
  await db('verifications')
    .where({ id: newest.id })
    .update({ token_hash: digestToken(secrets.token) })
  return secrets
}

/** The answers of a claim as they stand now, opened by the worker. */
export async function answersOf(
  database: TestDatabase,
  keys: TestKeys,
  clock: Clock,
  claimId: string,
): Promise<Record<string, unknown>> {
  const vault = createWorkerVault(
    { db: database.db.worker, clock, limits },
    {
      vaultKey: keys.VAULT_KEY,
      intakePublicKey: keys.INTAKE_PUBLIC_KEY,
      intakeSecretKey: keys.INTAKE_SECRET_KEY,
      indexKey: keys.INDEX_KEY,
    },
  )
  const actor = { kind: 'job', job: 'test', run: 'test' } as const
  const opened = await vault.open([claimId], { actor, purpose: 'mail' })
  return opened.get(claimId)!.answers['answers'] as Record<string, unknown>
}
