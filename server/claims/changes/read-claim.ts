import type { ClaimForm } from '../../matters/form-schema'
import { findClaimForm } from '../../matters/list-matters'
import { readClaimContent, type ClaimContent } from '../claim-content'
import type { ChangeDeps } from './handler'
import type { WorkerClaim } from '../worker.store'

export interface ReadClaim {
  form: ClaimForm
  content: ClaimContent
  /** the version that was read */
  version: number
}

/** Opens a claim, on the record, to do what its person asked of it. */
export async function readClaim(
  { db, vault }: ChangeDeps,
  { claim, run }: { claim: WorkerClaim; run: string },
): Promise<ReadClaim> {
  const form = await findClaimForm(db, claim.matter_id, claim.form_version)
  if (!form) throw new Error('a claim names a form that is not stored')
  const opened = await vault.open([claim.id], {
    actor: { kind: 'job', job: 'apply-change', run },
    purpose: 'own_change',
  })
  const { answers, version } = opened.get(claim.id)!
  return { form, content: readClaimContent(answers), version }
}
