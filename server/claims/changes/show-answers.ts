import { copyKeyOf, putCopy } from '../../vault/claimant-copies'
import type { SealedHousehold } from '../../households/household'
import type { Answers } from '../../matters/form-schema'
import type { ChangeHandler } from './handler'
import { readClaim } from './read-claim'

/** Copy `answers`: what a person sent, sealed to the browser in which they want to change it. */
export interface AnswersCopy {
  /** of the record it was read from: what is changed must be what is in force */
  version: number
  formVersion: number
  answers: Answers
  /** optional consents that are given */
  consents: string[]
  household?: SealedHousehold
}

/**
 * Seals the answers to the browser that asked, which otherwise shows hints only: asked for when somebody
 * wants to change them, so that a phone left lying open tells as little as it can.
 */
export const prepareAnswers: ChangeHandler<'answers' | 'carry'> = async (deps, change) => {
  const to = copyKeyOf(change.secret)
  if (!to) return 'not_yours'
  const { content, version } = await readClaim(deps, change)
  const copy: AnswersCopy = {
    version,
    formVersion: change.claim.form_version,
    answers: content.answers,
    consents: content.consents.filter(({ given }) => given).map(({ id }) => id),
    ...(content.household && { household: content.household }),
  }
  return async (tx, now, claim) => {
    await putCopy(tx, now, to, { kind: 'answers', claimId: claim.id, content: copy })
    return null
  }
}
