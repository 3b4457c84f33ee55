import type { Answers, ClaimForm, Question } from '../matters/form-schema'
import { allQuestions, visibleQuestions } from '../matters/forms/parse-form'
import type { ParseOptions } from '../matters/forms/parse-question'
import { stillFits } from './draft-content'

/**
 * The answers that another form asks for too, by the same id and kind of question, as that form takes them today.
 * What would rule the person out there is left for them to say. `only`: of those, which.
 */
export function carryAnswers(
  from: { form: ClaimForm; answers: Answers },
  to: ClaimForm,
  options: ParseOptions,
  only: (question: Question) => boolean = () => true,
): Answers {
  const asked = new Map(allQuestions(from.form).map((one) => [one.id, one.type]))
  const carried: Answers = {}
  for (const question of allQuestions(to)) {
    if (asked.get(question.id) !== question.type || !only(question)) continue
    const answer = stillFits(to, question, from.answers[question.id], options)
    if (answer === undefined || rulesOut(question, answer)) continue
    carried[question.id] = answer
  }
  // What hangs on an answer that did not come along is not asked yet.
  const visible = to.steps.flatMap(({ id }) => visibleQuestions(to, id, carried))
  const ids = new Set(visible.map(({ id }) => id))
  return Object.fromEntries(Object.entries(carried).filter(([id]) => ids.has(id)))
}

function rulesOut(question: Question, answer: Answers[string]): boolean {
  if (!('eligibleIf' in question) || !question.eligibleIf) return false
  return typeof answer === 'string' && !question.eligibleIf.includes(answer)
}
