import type { Answers, ClaimForm, Question } from '../matters/form-schema'
import { questionWithRole } from '../matters/forms/parse-form'
import type { PersonFields } from '../vault/vault'
import type { ClaimContent } from './claim-content'

/** Who filed, read from the answers to the questions that have a role. Throws when there is no name or address. */
export function personOf(form: ClaimForm, { answers }: ClaimContent): PersonFields {
  const answer = (role: NonNullable<Question['role']>) => {
    const question = questionWithRole(form, role)
    const found = question && answers[question.id]
    return typeof found === 'string' && found !== '' ? found : undefined
  }
  const name = answer('name')
  const email = answer('email')
  if (name === undefined || email === undefined) {
    throw new Error('a sealed record holds no name or no e-mail address')
  }
  return { name, email, phone: answer('phone'), birthDate: answer('birth_date') }
}

/** The same content with another e-mail address. */
export function withEmail(form: ClaimForm, content: ClaimContent, email: string): ClaimContent {
  return { ...content, answers: withEmailAnswer(form, content.answers, email) }
}

export function withEmailAnswer(form: ClaimForm, answers: Answers, email: string): Answers {
  const question = questionWithRole(form, 'email')
  if (!question) throw new Error('this form asks for no e-mail address')
  return { ...answers, [question.id]: email }
}
