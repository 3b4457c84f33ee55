import type { Answers, ClaimForm } from '../matters/form-schema'
import { describeAnswer, typedValues } from '../matters/forms/describe-answer'
import { questionWithRole } from '../matters/forms/parse-form'
import { rawFields } from '../matters/forms/parse-question'
import type { Lang } from '../matters/form-schema'
import type { NoticeAnswer } from '../notices/ask-notice'
import { fillingRoles } from '../notices/notice-shape'
import type { DraftContent } from './draft-content'

export type RightAnswer = Extract<NoticeAnswer, { outcome: 'right' }>

/** What a notice says of a person, as answers to the form of today; what that does not ask is left out. */
function answersOf(form: ClaimForm, { filling }: RightAnswer): Answers {
  const answers: Answers = {}
  for (const role of fillingRoles) {
    const question = questionWithRole(form, role)
    if (question && filling[role] !== undefined) {
      answers[question.id] = filling[role] as Answers[string]
    }
  }
  return answers
}

/** The same in words, in the order of the form. */
export function fillingWords(form: ClaimForm, answer: RightAnswer, lang: Lang) {
  const answers = answersOf(form, answer)
  return form.steps
    .flatMap(({ questions }) => questions)
    .filter(({ id }) => Object.hasOwn(answers, id))
    .map((question) => ({
      key: question.label[lang],
      value: { text: describeAnswer(question, answers[question.id], lang), user: true },
    }))
}

/**
 * The draft with the notice in it. What it says of the person goes, as if typed, into steps that were not
 * sent yet, beside what was typed there already; nothing counts before the person sends the step.
 */
export function fillFromNotice(
  draft: DraftContent,
  form: ClaimForm,
  answer: RightAnswer,
): DraftContent {
  const fields = typedValues(form, answersOf(form, answer))
  const typed = { ...draft.typed }
  const filled = new Set(draft.notice?.filled)
  for (const { id, questions } of form.steps) {
    if (draft.done.includes(id)) continue
    const own = Object.assign({}, ...questions.map((one) => rawFields(one, fields)))
    const before = Object.entries(typed[id] ?? {}).filter(([, text]) => text.length > 0)
    if (Object.keys(own).length === 0) continue
    typed[id] = { ...own, ...Object.fromEntries(before) }
    filled.add(id)
  }
  const { id, ticket } = answer
  const notice = { proven: { id, ticket }, ...(filled.size > 0 && { filled: [...filled] }) }
  return { ...draft, ...(Object.keys(typed).length > 0 && { typed }), notice }
}
