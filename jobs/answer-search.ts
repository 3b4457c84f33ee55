import { answerSearch } from '../server/search/answer-search'
import type { JobHandler } from './catalogue'

export const answerSearchJob: JobHandler<'answer-search'> = (deps, { searchId }) =>
  answerSearch(deps, searchId)
