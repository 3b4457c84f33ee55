import { answerEmailChange } from '../server/claims/email-change/answer-email-change'
import type { JobHandler } from './catalogue'

export const answerEmailChangeJob: JobHandler<'answer-email-change'> = (deps, { answerId }) =>
  answerEmailChange(deps, answerId)
