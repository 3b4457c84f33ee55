import type { Answers } from '../../server/matters/form-schema'
import { findMatter } from '../../server/matters/list-matters'
import { newClaimNumber } from '../../server/claims/claim-number'
import type { ClaimContent } from '../../server/claims/claim-content'
import type { FiledCopy } from '../../server/intake/draft-content'
import { prepareFiling } from '../../server/intake/prepare-filing'
import { insertFiling } from '../../server/intake/submit.store'
import { newId } from '../../server/kernel/ids'
import { keptReceipt } from '../../server/ledger/receipts/kept-receipt'
import { intents } from '../../server/outbox/intents'
import { draftId, newDraftSecret, sealDraft } from '../../server/vault/drafts'
import { createSealer } from '../../server/vault/sealer'
import type { TestKeys } from './app'
import type { TestDatabase } from './database'

export interface FiledClaim {
  id: string
  number: string
}

/** A claim as the public surface files it, without the pages: in the same one statement, waiting to be screened. */
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
      home: { country: 'KR', postcode: '05551', line1: '서울특별시 송파구 올림픽로 300' },
      harm: ['spam'],
      ...options.answers,
    },
    consents: ['collection', 'provision', 'newsletter'].map((one) => ({
      id: one,
      version: 1,
      given: true,
      at: at.toISOString(),
    })),
    signature: { text: '김민준', statementVersion: 1, at: at.toISOString() },
    language,
    form: { matter: 'test-breach', version: 1 },
  }
  const record = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY }).sealClaim({
    claimId: id,
    version: 1,
    answers: content,
  })
  const matter = (await findMatter(database.db.public, 'test-breach'))!
  const entry = prepareFiling(at, { claimId: id, number, matter, content, record, pack: null })
  const secret = newDraftSecret()
  const copy: FiledCopy = {
    claimId: id,
    number,
    email: content.answers['email'] as string,
    filedAt: at.toISOString(),
    language,
    receipt: keptReceipt(entry),
  }
  const filing = {
    claimId: id,
    number,
    matterId: matter.id,
    firmId: matter.firm.id,
    formVersion: matter.form.version,
    language,
    now: at,
    record,
    pack: null,
    household: null,
    entry,
    intent: intents['screen-claim'].parse({ claimId: id }),
    submission: draftId(secret),
    copy: {
      ciphertext: sealDraft(secret, copy),
      expiresAt: new Date(at.getTime() + 24 * 3600_000),
    },
  }
  if (intent) await insertFiling(database.db.public, filing)
  else {
    // In one transaction, so that no worker sees the row; the public login may not delete it.
    await database.db.superuser.transaction(async (tx) => {
      await insertFiling(tx, filing)
      await tx('outbox').whereRaw(`payload->>'claimId' = ?`, [id]).delete()
    })
  }
  return { id, number }
}
