import { answerNotice } from '../server/notices/answer-notice'
import type { JobHandler } from './catalogue'

export const checkNoticeJob: JobHandler<'check-notice'> = (deps, { checkId }) =>
  answerNotice(deps, checkId)
