import { readClaimContent } from '../claims/claim-content'
import type { Db, Tx } from '../db/connections'
import type { ClaimForm, Answers } from '../matters/form-schema'
import { allQuestions } from '../matters/forms/parse-form'
import { findClaimForm, findMatterById } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { renewCopies } from '../vault/claimant-copies'
import type { LedgerSigner } from '../vault/ledger-signer'
import type { OpenedPack, WorkerVault } from '../vault/vault'
import * as store from './authority-worker.store'
import { findConfirmation, type KeptPaper } from './kept-paper'
import { readPackContent, type PackCore } from './pack-content'
import { textIn } from './prepare-pack'
import { keyLine } from './key-line'

/**
 * Copy `papers`: what a claimant signed, and what it takes to sign again in their own page. Whether it is
 * complete is not in it: that is read from the packs' rows, so that a page is never older than they are.
 */
export interface PapersCopy {
  /** with a paper, newest first; superseded ones too */
  papers: KeptPaper[]
  /** signed and not confirmed yet */
  waiting: PackCore | null
  /** those answers that a document may name, and the form they answer */
  answers: Answers
  formVersion: number
  /** of whoever signs */
  name: string
  /** the same, where they inherit of whom the claim names */
  heir?: string
  /** of one who is not of age */
  guardian: { name: string; email: string } | null
}

interface CopyDeps {
  signer: Pick<LedgerSigner, 'publicKey'>
}

/** Makes the copy from a claim that was opened; null for a claim of which nothing was signed and nothing is asked. */
export async function makePapersCopy(
  db: Db | Tx,
  { signer }: CopyDeps,
  matter: Matter,
  form: ClaimForm,
  claim: { id: string; opened: Record<string, unknown>; packs: OpenedPack[] },
): Promise<PapersCopy | null> {
  const firmId = (await store.selectSigningClaim(db, claim.id))?.firm_id
  const asks = matter.content.documents.length > 0 || firmId !== matter.firm.id
  if (!asks && claim.packs.length === 0) return null
  const { answers, household } = readClaimContent(claim.opened)
  const rows = await store.selectWorkerPacks(db, claim.id)
  const cores = new Map(
    claim.packs.map(({ packId, content }) => [packId, readPackContent(content).core]),
  )
  const papers: KeptPaper[] = []
  for (const row of rows) {
    const core = cores.get(row.id)
    if (!core || row.proof === null || row.confirmed_at === null) continue
    papers.push({
      core,
      confirmed: {
        at: row.confirmed_at.toISOString(),
        how: row.confirmed_how!,
        address: textIn(form, answers, row.signer === 'guardian' ? 'guardian_email' : 'email'),
      },
      entry: await findConfirmation(db, row.entry_id!),
      proof: row.proof,
      key: keyLine(row.proof, signer),
    })
  }
  const waiting = rows.find(
    (row) => row.signer === 'claimant' && row.superseded_at === null && row.confirmed_at === null,
  )
  const guardian = textIn(form, answers, 'guardian_name')
  return {
    papers,
    waiting: (waiting && cores.get(waiting.id)) ?? null,
    answers: answersInDocuments(form, answers),
    formVersion: form.version,
    name: household?.heir ?? textIn(form, answers, 'name'),
    ...(household?.heir !== undefined && { heir: household.heir }),
    guardian:
      guardian === '' ? null : { name: guardian, email: textIn(form, answers, 'guardian_email') },
  }
}

/** All but what people tell in their own words: a document may name it, and what is long it does not. */
function answersInDocuments(form: ClaimForm, answers: Answers): Answers {
  const named = allQuestions(form).filter(({ type }) => type !== 'long_text')
  return Object.fromEntries(
    named.flatMap(({ id }) => (answers[id] === undefined ? [] : [[id, answers[id]] as const])),
  )
}

/** Seals the papers anew for whoever has the claim open; opens nothing where nobody has. */
export async function renewPapers(
  deps: CopyDeps & { db: Db; vault: WorkerVault },
  claimId: string,
  run: string,
): Promise<void> {
  const { db, vault } = deps
  const claim = await store.selectOpenClaim(db, claimId)
  if (!claim) return
  const matter = await findMatterById(db, claim.matter_id)
  const form = await findClaimForm(db, claim.matter_id, claim.form_version)
  if (!matter || !form) throw new Error('a claim names a matter or a form that is not stored')
  const opening = await vault.beginOpening([claimId], {
    actor: { kind: 'job', job: 'renew-papers', run },
    purpose: 'own_page',
  })
  const opened = (await opening.read([claimId])).get(claimId)!.answers
  const packs = await opening.readPacks([claimId])
  const content = await makePapersCopy(db, deps, matter, form, { id: claimId, opened, packs })
  if (!content) return
  await db.transaction((tx) =>
    renewCopies(tx, { kind: 'papers', claimId }, async () => ({ content })),
  )
}
