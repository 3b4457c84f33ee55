import { readClaimContent } from '../claims/claim-content'
import { meetNeed } from '../claims/needs/meet-need'
import type { Config } from '../config'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import type { ReceiptCore } from '../ledger/receipts/receipt'
import { findProof } from '../ledger/receipts/build-receipt'
import { findClaimForm, findMatterById } from '../matters/list-matters'
import { once } from '../outbox/effects'
import type { LedgerSigner } from '../vault/ledger-signer'
import type { WorkerVault } from '../vault/vault'
import * as store from './authority-worker.store'
import { saysWhatIsSealed } from './check-filed'
import { keyLine } from './key-line'
import { findConfirmation, type KeptPaper } from './kept-paper'
import { hashOf, readPackContent, type PackCore } from './pack-content'
import { packPdf } from './pack-pdf'
import { arePapersComplete, guardianNeed } from './papers-complete'
import { renewPapers } from './papers-copy'
import { textIn } from './prepare-pack'
import { papersNeed } from './supersede-changed'

export interface RenderDeps {
  db: Db
  clock: Clock
  vault: WorkerVault
  signer: Pick<LedgerSigner, 'publicKey'>
  config: Pick<Config, 'publicUrl' | 'operatorName'> & { limits: { paperWaitMs: number } }
}

const pollMs = 200

/**
 * Makes the paper of a confirmed pack once its entry has its place in the tree: from what was kept and from
 * nothing else, so that it can be made again and reads the same. Harmless to repeat.
 * @throws Error while the entry waits for its place: the queue tries again a little later
 */
export async function renderPack(deps: RenderDeps, packId: string, run: string): Promise<void> {
  const { db, vault } = deps
  const pack = await store.selectWorkerPack(db, packId)
  if (!pack?.kept || pack.confirmed_at === null || pack.proof !== null) return
  const matter = await findMatterById(db, pack.matter_id)
  if (!matter) throw new Error('a pack names a matter that is not stored')
  const proof = await waitForProof(deps, pack.entry_id!)
  const opening = await vault.beginOpening([pack.claim_id], {
    actor: { kind: 'job', job: 'render-pack', run },
    purpose: 'paper',
  })
  const packs = await opening.readPacks([pack.claim_id])
  const opened = packs.find((one) => one.packId === packId)
  if (!opened) return
  const { core } = readPackContent(opened.content)
  const entry = await findConfirmation(db, pack.entry_id!)
  // A paper that its own check would call wrong is never made.
  if (!saysWhatIsSealed(pack, core) || !isOf(entry, core)) {
    throw new Error('a pack, its row or the entry of its confirmation differ from one another')
  }
  const { answers } = (await opening.read([pack.claim_id])).get(pack.claim_id)!
  const kept: KeptPaper = {
    core,
    confirmed: {
      at: pack.confirmed_at.toISOString(),
      how: pack.confirmed_how!,
      address: await addressIn(deps, pack, answers),
    },
    entry,
    proof,
    key: keyLine(proof, deps.signer),
  }
  const pdf = await packPdf(kept, deps.config)
  const sealed = vault.sealPaper(pack.claim_id, packId, pdf)
  const now = deps.clock.now()
  await db.transaction((tx) =>
    once(tx, `render-pack:${packId}`, async () => {
      const current = await store.selectWorkerPack(tx, packId)
      // Destroyed while it was being made.
      if (!current?.kept) return
      await store.insertPaper(tx, { packId, ...sealed, proof, now })
      await appendEntry(tx, now, {
        kind: 'authority.rendered',
        claimId: pack.claim_id,
        private: { pack: packId, paper: sealed.sha256.toString('hex') },
      })
      if (!(await arePapersComplete(tx, pack.claim_id, matter))) return
      for (const ref of [papersNeed, guardianNeed]) {
        await meetNeed(tx, now, { claimId: pack.claim_id, kind: 'signature', ref })
      }
    }),
  )
  await renewPapers(deps, pack.claim_id, run)
}

/** Whether an entry confirms exactly this. */
function isOf({ private: text }: ReceiptCore, core: PackCore): boolean {
  const { pack, document } = JSON.parse(text) as { pack?: unknown; document?: unknown }
  return pack === core.pack && document === hashOf(core).toString('hex')
}

async function waitForProof(deps: RenderDeps, entryId: string): Promise<string> {
  const until = Date.now() + deps.config.limits.paperWaitMs
  for (;;) {
    const proof = await findProof(deps.db, entryId)
    if (proof !== null) return proof
    if (Date.now() > until) throw new Error('the entry of a confirmation has no place yet')
    await new Promise((done) => setTimeout(done, pollMs))
  }
}

/** The address that the mail went to which the signer confirmed with. */
async function addressIn(
  { db }: RenderDeps,
  pack: store.WorkerPack,
  opened: Record<string, unknown>,
): Promise<string> {
  const content = readClaimContent(opened)
  const claim = await store.selectFormOf(db, pack.claim_id)
  const form = claim && (await findClaimForm(db, pack.matter_id, claim.form_version))
  if (!form) throw new Error('a claim names a form that is not stored')
  return textIn(form, content.answers, pack.signer === 'guardian' ? 'guardian_email' : 'email')
}
