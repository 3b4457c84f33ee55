import type { Answers } from '../../server/matters/form-schema'
import { newClaimNumber } from '../../server/claims/claim-number'
import type { ClaimContent } from '../../server/claims/claim-content'
import { newId } from '../../server/kernel/ids'
import { addIntent } from '../../server/outbox/add-intent'
import { createSealer } from '../../server/vault/sealer'
import { randomBytes } from 'node:crypto'
import type { TestKeys } from './app'
import type { TestDatabase } from './database'

export interface FiledClaim {
  id: string
  number: string
}

/** A claim as the public surface files it, without the pages: sealed to the worker, waiting to be screened. */
export async function fileDirectly(
  database: TestDatabase,
  keys: TestKeys,
  options: {
    answers?: Answers
    language?: 'ko' | 'en'
    at?: Date
    intent?: boolean
  } = {},
): Promise<FiledClaim> {
  const { language = 'ko', at = new Date(), intent = true } = options
  const id = newId(at.getTime())
  const number = newClaimNumber()
  const content: ClaimContent = {
    answers: {
      member: 'yes',
      full_name: '김민준',
      email: 'minjun.kim@example.com',
      phone: '+821012345678',
      born: '1985-03-04',
      ...options.answers,
    },
    consents: [],
    signature: { text: '김민준', statementVersion: 1, at: at.toISOString() },
    language,
    form: { matter: 'test-breach', version: 1 },
  }
  const record = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY }).sealClaim({
    claimId: id,
    version: 1,
    answers: content,
  })
  await database.db.public.transaction(async (tx) => {
    const matter = await tx('matters').where({ slug: 'test-breach' }).first('id', 'form_version')
    await tx('claims').insert({
      id,
      number,
      matter_id: matter.id,
      form_version: matter.form_version,
      language,
      submission: randomBytes(32),
      filed_at: at,
    })
    await tx('sealed_records').insert({
      claim_id: id,
      version: 1,
      ciphertext: record.ciphertext,
      sha256: record.sha256,
      created_at: at,
    })
    await tx('wrapped_keys').insert({
      claim_id: id,
      version: 1,
      wrapped_by: 'intake',
      wrapped: record.box,
    })
    if (intent) await addIntent(tx, 'screen-claim', { claimId: id })
  })
  return { id, number }
}
