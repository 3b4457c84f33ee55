import { readClaimContent, type GivenConsent } from '../claims/claim-content'
import { addNeeds } from '../claims/needs/add-needs'
import type { ReminderLimits } from '../claims/reminders/plan-reminders'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { queueMail } from '../mail/queue-mail'
import type { Answers } from '../matters/form-schema'
import { findClaimForm, findMatterById } from '../matters/list-matters'
import { once } from '../outbox/effects'
import { replaceCopy } from '../vault/claimant-copies'
import type { WorkerVault } from '../vault/vault'
import { digestToken, type VerificationSecrets } from '../vault/verification-secrets'
import * as store from './authority-worker.store'
import { readPackContent, type PackCore } from './pack-content'
import { arePapersComplete, guardianNeed } from './papers-complete'
import { textIn } from './prepare-pack'

/** Copy `guardian`: what whoever opens a guardian's link sees and signs. */
export interface GuardianCopy {
  claimId: string
  number: string
  /** the matter's slug */
  matter: string
  answers: Answers
  formVersion: number
  /** of the child, and of the guardian */
  child: string
  guardian: string
  /** as the child gave them */
  consents: GivenConsent[]
  signed: PackCore
}

const dayMs = 24 * 60 * 60 * 1000

/**
 * Mails a guardian the link under which they see what the child agreed to and signed, and sign too. Needs the
 * child's own confirmation first: nobody else's mailbox is written to before that. Until they have signed, it is
 * what the claim lacks. Another link goes out once the last has run out. Harmless to repeat.
 */
export async function inviteGuardian(
  deps: {
    db: Db
    clock: Clock
    vault: WorkerVault
    secretsOf: (id: string) => VerificationSecrets
    config: { limits: ReminderLimits & { guardianDays: number } }
  },
  packId: string,
  run: string,
): Promise<void> {
  const { db, vault, clock } = deps
  const pack = await store.selectWorkerPack(db, packId)
  if (!pack?.kept || !pack.needs_guardian || !pack.confirmed_at || pack.superseded_at) return
  const { links, until } = await store.selectGuardianLinks(db, packId)
  if (until && until > clock.now()) return
  const claim = await store.selectSigningClaim(db, pack.claim_id)
  const matter = await findMatterById(db, pack.matter_id)
  const form = claim && (await findClaimForm(db, pack.matter_id, claim.form_version))
  if (!claim || !matter || !form) throw new Error('a pack names a claim or form that is not stored')
  const opening = await vault.beginOpening([pack.claim_id], {
    actor: { kind: 'job', job: 'invite-guardian', run },
    purpose: 'signing',
  })
  const opened = (await opening.read([pack.claim_id])).get(pack.claim_id)!.answers
  const packs = await opening.readPacks([pack.claim_id])
  const own = packs.find((one) => one.packId === packId)
  if (!own) return
  const { answers, consents } = readClaimContent(opened)
  const content: GuardianCopy = {
    claimId: pack.claim_id,
    number: claim.number,
    matter: matter.slug,
    answers,
    formVersion: form.version,
    child: textIn(form, answers, 'name'),
    guardian: textIn(form, answers, 'guardian_name'),
    consents,
    signed: readPackContent(own.content).core,
  }
  const now = clock.now()
  await db.transaction((tx) =>
    once(tx, `invite-guardian:${packId}:${links + 1}`, async () => {
      // Signed or signed anew while it was being opened.
      const current = await store.selectWorkerPack(tx, packId)
      if (!current || current.superseded_at || (await arePapersComplete(tx, pack.claim_id, matter)))
        return
      const id = newId(now.getTime())
      const { token } = deps.secretsOf(id)
      await store.insertGuardianLink(tx, {
        id,
        claim_id: pack.claim_id,
        pack_id: packId,
        token_hash: digestToken(token),
        created_at: now,
        expires_at: new Date(now.getTime() + deps.config.limits.guardianDays * dayMs),
      })
      await replaceCopy(tx, now, { kind: 'guardian', claimId: pack.claim_id, token, content })
      await addNeeds(tx, now, deps.config.limits, {
        claimId: pack.claim_id,
        by: null,
        wanted: [{ kind: 'signature', ref: guardianNeed, required: true, dueAt: null }],
      })
      await queueMail(tx, {
        template: 'guardian-sign',
        claimId: pack.claim_id,
        subjectId: id,
        language: claim.language,
        at: now,
      })
    }),
  )
}
