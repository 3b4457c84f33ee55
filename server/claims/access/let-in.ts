import { timingSafeEqual } from 'node:crypto'
import { makePapersCopy, type PapersCopy } from '../../authority/papers-copy'
import type { Tx } from '../../db/connections'
import { appendEntry } from '../../ledger/append-entry'
import { findClaimForm, findMatterById } from '../../matters/list-matters'
import { readOwnMessages } from '../../messages/read-own-messages'
import { addIntent } from '../../outbox/add-intent'
import { once } from '../../outbox/effects'
import { documentsCopy, mayHaveChanged, type DocumentsCopy } from '../../evidence/own-documents'
import { addCopy, type CopyKey } from '../../vault/claimant-copies'
import { digestToken } from '../../vault/verification-secrets'
import { readClaimContent } from '../claim-content'
import * as store from './access-worker.store'
import type { AccessDeps } from './answer-access'
import { claimCopyOf } from './claim-copy'
import type { ClaimCopy } from './copy-content'
import { findWhoLooked } from './who-looked'

const hourMs = 60 * 60 * 1000

/**
 * Lets a browser in that presents the token of a mailed link, or the code in the browser that asked for
 * the mail: once. Only then are copies sealed to the key of that browser; whoever asked with somebody
 * else's address holds a key to nothing. The opening that this takes is on the record like any other.
 */
export async function letIn(
  deps: AccessDeps,
  request: store.WorkerRequestRow,
  run: string,
): Promise<void> {
  const link = await deps.db.transaction((tx) => proveLink(deps, tx, request))
  if (!link) return
  const address = await store.selectEmailIndex(deps.db, link.claim_id)
  const claims = await claimsOf(deps, address)
  const readAt = deps.clock.now()
  const read = await readCopies(deps, claims, run)
  const messages = await readOwnMessages(
    deps,
    claims.map(({ id }) => id),
    { job: 'answer-access', run },
  )
  const to: CopyKey = { tokenHash: request.secret_hash, publicKey: request.public_key! }
  const now = deps.clock.now()

  await deps.db.transaction((tx) =>
    once(tx, `answer-access:${request.id}`, async () => {
      // The address of one may have been changed while it was read: that ended what the old mailbox opens.
      const ids = read.map(({ claim }) => claim.id)
      const still = address ? await store.holdClaimsOfAddress(tx, ids, address) : []
      const copies = read.filter(({ claim }) => still.includes(claim.id))
      for (const { claim, documents, papers } of copies) {
        const claimId = claim.id
        await addCopy(tx, now, to, { kind: 'claim', claimId, content: claim })
        await addCopy(tx, now, to, { kind: 'documents', claimId, content: documents })
        if (papers) await addCopy(tx, now, to, { kind: 'papers', claimId, content: papers })
        const looked = await findWhoLooked(tx, now, claimId, deps.config.limits.historyRows)
        await addCopy(tx, now, to, { kind: 'looked', claimId, ...looked })
        await addCopy(tx, now, to, { kind: 'messages', claimId, ...messages.get(claimId)! })
        // Once more after the commit: what was committed meanwhile saw no copy to renew.
        await addIntent(tx, 'renew-copies', { claimId })
        await addIntent(tx, 'renew-messages', { claimId })
        if (await mayHaveChanged(tx, claimId, readAt)) {
          await addIntent(tx, 'renew-documents', { claimId })
        }
      }
      await store.markHandled(tx, request.id, {
        outcome: 'opened',
        handled_at: now,
        expires_at: new Date(now.getTime() + deps.config.limits.sessionHours * hourMs),
      })
      await appendEntry(tx, now, {
        kind: 'access.opened',
        private: { request: request.id, link: link.id, claims: copies.length, by: byOf(request) },
      })
    }),
  )
}

const byOf = (request: store.WorkerRequestRow) => (request.asked_by === null ? 'link' : 'code')

/** The link that was proved to be the visitor's, used up now by this request; otherwise the request is refused. */
async function proveLink(
  deps: AccessDeps,
  tx: Tx,
  request: store.WorkerRequestRow,
): Promise<store.LinkRow | undefined> {
  const now = deps.clock.now()
  const by = byOf(request)
  const purpose = by === 'code' ? 'access_code' : 'access_token'
  const typed = deps.vault.openFromWorkerBox(purpose, request.id, request.box!)
  const link = await store.lockLink(
    tx,
    request.asked_by === null
      ? { token_hash: digestToken(typed) }
      : { request_id: request.asked_by },
  )
  // An earlier run of this job died after it had used the link.
  if (link?.consumed_by === request.id) return link

  const wrong = link && by === 'code' && !sameCode(deps.secretsOf(link.id).code, typed)
  const dead =
    !link ||
    link.consumed_at !== null ||
    link.expires_at <= now ||
    (by === 'code' && link.attempts >= deps.config.limits.accessAttempts)
  if (!dead && !wrong) {
    await store.consumeLink(tx, link.id, { consumed_at: now, consumed_by: request.id })
    return link
  }
  if (!dead) await store.countWrongCode(tx, link.id)
  await store.markHandled(tx, request.id, { outcome: 'refused', handled_at: now })
  await appendEntry(tx, now, {
    kind: 'access.refused',
    private: { request: request.id, link: link?.id ?? null, by },
  })
  return undefined
}

function sameCode(right: string, typed: string): boolean {
  const [a, b] = [Buffer.from(right), Buffer.from(typed)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** All claims with the address that the link went to, as far as they still hold anything. */
async function claimsOf(
  { db, config }: AccessDeps,
  address: Buffer | undefined,
): Promise<store.ClaimOfAddress[]> {
  if (!address) return []
  const limit = config.limits.accessClaims
  return db.transaction((tx) =>
    store.selectClaimsOfAddress(tx, address, { confirmed: true, limit }),
  )
}

interface Copies {
  claim: ClaimCopy
  documents: DocumentsCopy
  papers: PapersCopy | null
}

async function readCopies(
  deps: AccessDeps,
  claims: store.ClaimOfAddress[],
  run: string,
): Promise<Copies[]> {
  const { db, vault } = deps
  if (claims.length === 0) return []
  const ids = claims.map(({ id }) => id)
  const opening = await vault.beginOpening(ids, {
    actor: { kind: 'job', job: 'answer-access', run },
    purpose: 'own_page',
  })
  const opened = await opening.read(ids)
  const packs = await opening.readPacks(ids)
  const copies: Copies[] = []
  for (const claim of claims) {
    const form = await findClaimForm(db, claim.matter_id, claim.form_version)
    const matter = await findMatterById(db, claim.matter_id)
    if (!form || !matter) throw new Error('a claim names a matter or a form that is not stored')
    const { answers } = opened.get(claim.id)!
    const papers = await makePapersCopy(db, deps, matter, form, {
      id: claim.id,
      opened: answers,
      packs: packs.filter(({ claimId }) => claimId === claim.id),
    })
    copies.push({
      claim: await claimCopyOf(db, claim, form, readClaimContent(answers)),
      documents: await documentsCopy(opening, claim.id),
      papers,
    })
  }
  return copies
}
