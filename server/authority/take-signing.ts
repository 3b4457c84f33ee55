import { holderOf } from '../claims/access/holder-of'
import { readClaimContent } from '../claims/claim-content'
import type { ClaimState } from '../claims/claim-state'
import { meetNeed } from '../claims/needs/meet-need'
import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { dropUnsent } from '../mail/drop-unsent'
import { queueMail } from '../mail/queue-mail'
import type { ClaimForm } from '../matters/form-schema'
import { sameName } from '../matters/forms/name'
import { findClaimForm, findMatterById } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { once } from '../outbox/effects'
import { replaceCopy } from '../vault/claimant-copies'
import type { LedgerSigner } from '../vault/ledger-signer'
import type { WorkerVault } from '../vault/vault'
import { digestToken, type VerificationSecrets } from '../vault/verification-secrets'
import * as store from './authority-worker.store'
import { confirmPack } from './confirm-pack'
import { isGiven, namesFirm } from './consents'
import { documentsKey } from './fill-documents'
import { consentsOnly, hashOf, type PackCore } from './pack-content'
import { arePapersComplete, guardianNeed } from './papers-complete'
import { isDrawn, type SignatureLimits } from './parse-signing'
import { renewPapers } from './papers-copy'
import { claimantSigner, needsGuardian, packCore, textIn } from './prepare-pack'
import { readSigningBox, type SigningBox } from './signing-box'

export interface TakeDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  signer: Pick<LedgerSigner, 'publicKey'>
  secretsOf: (id: string) => VerificationSecrets
  config: { limits: { verificationHours: number } & SignatureLimits }
}

const hourMs = 60 * 60 * 1000

/**
 * Takes what was signed after the filing: by the claimant in their own page, because documents or firm are
 * others now, or by a guardian under their link. It counts only when whoever sent it may sign for the
 * claim and was shown what the claim and the matter say today, word for word. The claimant's is confirmed
 * by a fresh link; a guardian signs under the link that was mailed to them. Harmless to repeat.
 */
export async function takeSigning(deps: TakeDeps, requestId: string, run: string): Promise<void> {
  const { db, vault, clock } = deps
  const request = await store.selectSigningRequest(db, requestId)
  if (!request || request.handled_at !== null || request.box === null) return
  const box = readSigningBox(vault.openFromWorkerBox('signing', requestId, request.box))
  const now = clock.now()
  const signing = await prepare(deps, request, box, now, run)
  await db.transaction((tx) =>
    once(tx, `take-signing:${requestId}`, async () => {
      const refused =
        typeof signing === 'string' ? signing : await take(deps, tx, now, request, box, signing)
      await store.markTaken(tx, requestId, refused === null ? 'taken' : 'refused', now)
      if (refused === null) return
      await appendEntry(tx, now, {
        kind: 'authority.refused',
        claimId: request.claim_id,
        private: { request: requestId, why: refused },
      })
    }),
  )
  await renewPapers(deps, request.claim_id, run)
}

interface Signing {
  matter: Matter
  form: ClaimForm
  core: PackCore
  documentSha256: Buffer
  needsGuardian: boolean
  language: 'ko' | 'en'
  /** of the answers that were read */
  version: number
}

/** Where nothing is signed any more, or yet. */
const over: readonly ClaimState[] = ['unverified', 'expired', 'withdrawn', 'erased']

type Refusal =
  'not_allowed' | 'changed' | 'consent_missing' | 'name_differs' | 'no_signature' | 'closed'

/** The pack that this makes, or why it makes none. */
async function prepare(
  { db, vault, config }: TakeDeps,
  request: store.SigningRow,
  box: SigningBox,
  now: Date,
  run: string,
): Promise<Signing | Refusal> {
  const { kind, claim_id: claimId } = request
  const holder = kind === 'own' ? await holderOf(db, box.secret, claimId, now) : null
  // A mailed link to one task signs nothing.
  if (kind === 'own' && holder?.kind !== 'owner') return 'not_allowed'
  const claim = await store.selectSigningClaim(db, claimId)
  if (!claim || over.includes(claim.state)) return 'closed'
  const matter = await findMatterById(db, claim.matter_id)
  const form = await findClaimForm(db, claim.matter_id, claim.form_version)
  if (!matter || !form) throw new Error('a claim names a matter or a form that is not stored')
  const opened = await vault.open([claimId], {
    actor: { kind: 'job', job: 'take-signing', run },
    purpose: 'signing',
  })
  const { answers, household } = readClaimContent(opened.get(claimId)!.answers)
  const name = textIn(form, answers, 'name')
  const guardian = textIn(form, answers, 'guardian_name')
  const core = packCore(matter, {
    id: newId(now.getTime()),
    claimId,
    number: claim.number,
    answers,
    form,
    consents: box.consents,
    signed: box.signed,
    place: box.place,
    signer:
      kind === 'guardian'
        ? { role: 'guardian', name: guardian, of: name }
        : claimantSigner(name, household),
    household: kind === 'own' ? household : undefined,
  })
  if (hashOf(core.documents).toString('hex') !== box.signed.shown) return 'changed'
  const { signature } = core
  if (signature.kind === 'drawn' && !isDrawn(signature, config.limits)) return 'no_signature'
  if (signature.kind === 'typed' && !sameName(signature.text, core.signer.name)) {
    return 'name_differs'
  }
  // Of the claimant, what names the firm is asked again; of a guardian, everything.
  const asked = matter.content.consents.filter(
    (one) => one.required && (kind === 'guardian' || namesFirm(one.kind)),
  )
  const known = kind === 'own' && claim.firm_id === matter.firm.id
  if (!known && !asked.every((one) => isGiven(box.consents, one, matter))) return 'consent_missing'
  return {
    matter,
    form,
    core,
    documentSha256: hashOf(core),
    needsGuardian:
      kind === 'own' &&
      needsGuardian(form, answers, matter.content.timeZone, new Date(box.signed.at)),
    language: claim.language,
    version: claim.version,
  }
}

/** Writes the pack and what follows from it; gives a reason when it must not be. */
async function take(
  deps: TakeDeps,
  tx: Tx,
  now: Date,
  request: store.SigningRow,
  box: SigningBox,
  { matter, core, documentSha256, needsGuardian: minor, language, version }: Signing,
): Promise<Refusal | null> {
  const { claim_id: claimId, kind } = request
  // Its answers were read before: an answer that was replaced since makes other papers.
  const claim = await store.lockSigningClaim(tx, claimId)
  if (!claim || over.includes(claim.state)) return 'closed'
  if (claim.version !== version) return 'changed'
  const link =
    kind === 'guardian' ? await store.lockGuardianLink(tx, digestToken(box.secret)) : undefined
  if (kind === 'guardian') {
    const dead = !link || link.claim_id !== claimId || link.consumed_at || link.superseded_at
    if (dead || link.expires_at <= request.created_at) return 'not_allowed'
  }
  const sealed = deps.vault.sealPack({
    packId: core.pack,
    claimId,
    content: { core, address: box.signed.address, device: box.signed.device },
  })
  await store.insertPack(
    tx,
    {
      id: core.pack,
      claim_id: claimId,
      matter_id: matter.id,
      firm_id: matter.firm.id,
      signer: core.signer.role,
      needs_guardian: minor,
      documents: documentsKey(matter) || consentsOnly,
      ciphertext: sealed.ciphertext,
      sha256: sealed.sha256,
      document_sha256: documentSha256,
      signed_at: core.signedAt,
    },
    sealed.wrapped,
  )
  if (kind === 'own') await store.updateFirm(tx, claimId, matter.firm.id)
  await appendEntry(tx, now, {
    kind: 'authority.signed',
    claimId,
    private: {
      request: request.id,
      pack: core.pack,
      signer: core.signer.role,
      firm: matter.firm.id,
      documents: documentsKey(matter) || consentsOnly,
      document: documentSha256.toString('hex'),
      packRecord: sealed.sha256.toString('hex'),
      consents: core.consents
        .filter(({ given }) => given)
        .map(({ id, version }) => `${id}@${version}`)
        .join(','),
    },
  })
  if (link) {
    await store.consumeGuardianLink(tx, link.id, now)
    await confirmPack(tx, now, core.pack, { how: 'link', verification: link.id })
    if (await arePapersComplete(tx, claimId, matter)) {
      await meetNeed(tx, now, { claimId, kind: 'signature', ref: guardianNeed })
    }
  } else await mailConfirmation(deps, tx, now, core, language)
  return null
}

/** A fresh link and code: the confirmation belongs to the act of signing. */
async function mailConfirmation(
  { config, secretsOf }: TakeDeps,
  tx: Tx,
  now: Date,
  core: PackCore,
  language: 'ko' | 'en',
): Promise<void> {
  const id = newId(now.getTime())
  await store.replaceVerification(tx, {
    id,
    claim_id: core.claim,
    pack_id: core.pack,
    created_at: now,
    expires_at: new Date(now.getTime() + config.limits.verificationHours * hourMs),
  })
  const { token } = secretsOf(id)
  await replaceCopy(tx, now, { kind: 'signed', claimId: core.claim, token, content: core })
  await dropUnsent(tx, core.claim, 'signings')
  await queueMail(tx, {
    template: 'confirm-signing',
    claimId: core.claim,
    subjectId: id,
    language,
    at: now,
  })
}
