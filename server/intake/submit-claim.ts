import { preparePack } from '../authority/prepare-pack'
import { newClaimNumber } from '../claims/claim-number'
import type { ClaimContent } from '../claims/claim-content'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { sealedPart } from '../households/household'
import { newId } from '../kernel/ids'
import { keptReceipt } from '../ledger/receipts/kept-receipt'
import { typedValues } from '../matters/forms/describe-answer'
import { parseWholeForm, rulingOut } from '../matters/forms/parse-form'
import type { FieldErrors, RawFields } from '../matters/forms/parse-question'
import type { Matter } from '../matters/matter-file'
import { intents } from '../outbox/intents'
import { draftId, sealDraft } from '../vault/drafts'
import type { Sealer } from '../vault/sealer'
import type { DraftContent, FiledCopy } from './draft-content'
import { allSigned, answerWithRole } from './filing-steps'
import { consentsComplete } from './parse-consents'
import { prepareFiling } from './prepare-filing'
import { insertFiling, selectNumber } from './submit.store'

export interface SubmitDeps {
  db: Db
  clock: Clock
  sealer: Sealer
  config: { limits: { correctionHours: number } }
  /** replaced by a test that wants two claims to draw the same number */
  newNumber?: () => string
}

export type Submitted =
  | { ok: true; number: string }
  /** what the form does not take, by field, and the rest as it was typed; empty when it is something else */
  | { ok: false; errors: FieldErrors; typed: RawFields }

const hourMs = 60 * 60 * 1000

// 55 random bits: a second collision in a row does not happen.
const tries = 5

/**
 * Files the draft as a claim and answers after its commit. Everything is checked once more as a whole;
 * `ok: false` when something is missing, ruled out or no longer fits the form. Sent twice, at once or
 * later, the same draft gives the same number.
 */
export async function submitClaim(
  deps: SubmitDeps,
  matter: Matter,
  draft: { secret: string; content: DraftContent },
  language: 'ko' | 'en',
): Promise<Submitted> {
  const now = deps.clock.now()
  const checked = claimContent(matter, draft.content, language, now)
  if (!checked.ok) return checked
  const { content } = checked
  const email = answerWithRole(matter, draft.content, 'email')
  if (email === undefined) return { ok: false, errors: {}, typed: {} }

  const submission = draftId(draft.secret)
  const claimId = newId(now.getTime())
  const record = deps.sealer.sealClaim({ claimId, version: 1, answers: content })
  const expiresAt = new Date(now.getTime() + deps.config.limits.correctionHours * hourMs)

  for (let attempt = 1; ; attempt++) {
    const number = (deps.newNumber ?? newClaimNumber)()
    const { signed, signPlace: place, household } = draft.content
    // Papers and entry name the number, so another number needs others.
    const pack = preparePack(deps.sealer, matter, {
      claimId,
      number,
      answers: content.answers,
      consents: content.consents,
      signed,
      place,
      household: content.household,
      now,
    })
    const entry = prepareFiling(now, {
      claimId,
      number,
      matter,
      content,
      record,
      pack,
      household,
    })
    const copy: FiledCopy = {
      claimId,
      number,
      email,
      filedAt: now.toISOString(),
      language,
      receipt: keptReceipt(entry),
      ...(pack && { pack: { id: pack.id, core: pack.core } }),
      answers: content.answers,
      formVersion: matter.form.version,
      ...(household && { household }),
    }
    try {
      const filed = await insertFiling(deps.db, {
        claimId,
        number,
        matterId: matter.id,
        firmId: matter.firm.id,
        formVersion: matter.form.version,
        language,
        now,
        record,
        pack,
        household: household
          ? {
              id: household.id,
              founder: household.founder,
              role: household.role,
              how: household.how ?? null,
            }
          : null,
        entry,
        intent: intents['screen-claim'].parse({ claimId }),
        submission,
        copy: { ciphertext: sealDraft(draft.secret, copy), expiresAt },
      })
      // Nothing: the other request has committed by now, but after this statement took its snapshot.
      const known = filed ?? (await selectNumber(deps.db, submission))
      if (known === undefined) throw new Error('a filing was neither written nor found')
      return { ok: true, number: known }
    } catch (error) {
      if (attempt === tries || !isNumberTaken(error)) throw error
    }
  }
}

/** What is sealed, or what keeps the draft from being complete under the form of today. */
function claimContent(
  matter: Matter,
  draft: DraftContent,
  language: 'ko' | 'en',
  now: Date,
): { ok: true; content: ClaimContent } | Extract<Submitted, { ok: false }> {
  const { form, content } = matter
  const parsed = parseWholeForm(form, typedValues(form, draft.answers), {
    lang: language,
    now,
    timeZone: content.timeZone,
  })
  if (!parsed.ok) return { ok: false, errors: parsed.errors, typed: parsed.answers }
  const { signature, consents, household } = draft
  const eligible = rulingOut(form, parsed.answers).length === 0
  const complete = consentsComplete(matter, draft) && allSigned(matter, draft)
  if (!eligible || !signature || !complete || household?.handOverTo !== undefined) {
    return { ok: false, errors: {}, typed: {} }
  }
  return {
    ok: true,
    content: {
      answers: parsed.answers,
      consents,
      signature,
      ...(draft.notice?.proven && { notice: draft.notice.proven }),
      language,
      form: { matter: matter.slug, version: form.version },
      ...(household && { household: sealedPart(household) }),
    },
  }
}

function isNumberTaken(error: unknown): boolean {
  const { code, constraint } = (error ?? {}) as { code?: string; constraint?: string }
  return code === '23505' && constraint === 'claims_number_key'
}
