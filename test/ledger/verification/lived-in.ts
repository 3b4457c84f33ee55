import { confirmClaim } from '../../../server/claims/confirm-claim'
import { expireClaims } from '../../../server/claims/expire-claims'
import { giveLink } from '../../../server/claims/give-confirmation'
import { handleRequest } from '../../../server/claims/handle-request'
import { requestEmailCorrection } from '../../../server/claims/request-email-correction'
import { screenClaim } from '../../../server/claims/screen-claim'
import { verifyLedger } from '../../../server/ledger/verification/verify-ledger'
import { limits } from '../../../server/limits'
import { decideClaim } from '../../../server/moderation/decide-claim'
import { startReview } from '../../../server/moderation/start-review'
import { createLedgerSigner } from '../../../server/vault/ledger-signer'
import { createSealer } from '../../../server/vault/sealer'
import { createVault } from '../../../server/vault/vault'
import { digestToken } from '../../../server/vault/verification-secrets'
import { testKeys } from '../../support/app'
import { createTestDatabase } from '../../support/database'
import { fileDirectly } from '../../support/filed-claim'
import { makePerson } from '../../support/firm'
import { sequencerOf } from '../../support/ledger'
import { loadTestMatters } from '../../support/test-matters'
import { workerDeps } from '../../support/worker'

const dayMs = 24 * 60 * 60 * 1000

/**
 * A ledger that has seen every kind of change to claims: filed, corrected, confirmed, opened by one and
 * by many, accepted, rejected, taken over, expired; placed in several rounds.
 */
export async function livedInLedger() {
  const database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  const keys = testKeys()
  let now = new Date('2026-03-02T01:00:00.000Z')
  const clock = { now: () => now }
  const worker = workerDeps({ database, keys, clock, mailbox: { url: 'smtp://127.0.0.1:9' } })
  const sequencer = sequencerOf(database, { keys, clock, batch: 7 })
  const { db } = database
  const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })
  const moderator = await makePerson(database, { role: 'moderator', name: '정민호' })
  const colleague = await makePerson(database, { role: 'moderator', name: 'Ada' })

  const claims = []
  for (const name of ['가', '나', '다', '라', '마', '바']) {
    now = new Date(now.getTime() + 60_000)
    const answers = { full_name: `김${name}`, email: `${claims.length}@example.com` }
    const claim = await fileDirectly(database, keys, { answers, at: now, intent: false })
    await screenClaim(worker.deps, claim.id, `run-${claims.length}`)
    claims.push(claim)
    await sequencer.round()
  }
  const [accepted, rejected, open, corrected, confirmed, unconfirmed] = claims.map(({ id }) => id)

  await requestEmailCorrection(
    { db: db.public, clock, sealer, config: { limits } },
    { claimId: corrected!, email: 'right@example.com' },
    async () => {},
  )
  const request = await db.worker('claim_requests').first('id')
  await handleRequest(worker.deps, request.id, 'run-request')

  for (const id of [accepted, rejected, open, corrected, confirmed]) {
    const verification = await db
      .worker('verifications')
      .where({ claim_id: id, superseded_at: null })
      .first('id')
    const { token } = worker.deps.secretsOf(verification.id)
    await db
      .worker('verifications')
      .where({ id: verification.id })
      .update({ token_hash: digestToken(token) })
    const { given } = await giveLink({ db: db.public, clock, sealer }, token, null)
    await confirmClaim(worker.deps, given!)
  }
  await sequencer.settle()

  const staff = { db: db.staff, clock }
  const revision = async (id: string): Promise<number> =>
    (await db.superuser('claims').where({ id }).first('revision')).revision as number
  for (const id of [accepted!, rejected!, open!]) {
    await startReview(staff, colleague, id, await revision(id))
    await startReview(staff, moderator, id, await revision(id))
  }
  const vault = createVault({ db: db.staff, clock, limits }, { vaultKey: keys.VAULT_KEY })
  const actor = { kind: 'person', personId: moderator.id } as const
  await vault.open([accepted!], { actor, purpose: 'review' })
  await vault.open([accepted!, rejected!, open!], { actor, purpose: 'duplicate_check' })
  const decide = async (id: string, decision: Parameters<typeof decideClaim>[3]) =>
    decideClaim(staff, moderator, id, decision)
  await decide(accepted!, { decision: 'accept', reason: null, revision: await revision(accepted!) })
  await decide(rejected!, {
    decision: 'reject',
    reason: 'incomplete',
    revision: await revision(rejected!),
  })

  now = new Date(now.getTime() + 15 * dayMs)
  await expireClaims({ db: db.worker, clock, config: { limits } })
  await sequencer.settle()

  const publicKeys = [createLedgerSigner({ ledgerKey: keys.LEDGER_KEY }).publicKey]
  const checkpoints = sequencer.deps.config.ledgerCheckpoints
  return {
    database,
    keys,
    clock,
    sequencer,
    checkpoints,
    publicKeys,
    claims: {
      accepted: accepted!,
      rejected: rejected!,
      open: open!,
      corrected: corrected!,
      confirmed: confirmed!,
      expired: unconfirmed!,
    },
    verify: () => verifyLedger({ db: db.worker, checkpoints, publicKeys }),
    async close() {
      await worker.close()
      await database.drop()
    },
  }
}

export type LivedInLedger = Awaited<ReturnType<typeof livedInLedger>>

/** What a superuser does who has switched the triggers off. */
export async function tamper(
  { database }: Pick<LivedInLedger, 'database'>,
  sql: string,
  bindings: readonly unknown[] = [],
): Promise<number> {
  return database.db.superuser.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    const done = await tx.raw(sql, bindings as never)
    return done.rowCount as number
  })
}
