import { testForm } from '../support/test-matters'

const both = (ko: string, en: string) => ({ ko, en })

/** The test form, which takes people who are not of age with a guardian. */
export function minorForm() {
  const form = structuredClone(testForm())
  const [eligibility, about] = form.steps as unknown as { questions: Record<string, unknown>[] }[]
  eligibility!.questions.push({
    id: 'adult',
    type: 'yes_no',
    label: both('성년이신가요?', 'Of age?'),
  })
  Object.assign(
    about!.questions.find(({ id }) => id === 'born')!,
    {
      minAge: 19,
      withGuardian: { question: 'adult', is: ['no'] },
    },
  )
  const when = { question: 'adult', is: ['no'] }
  about!.questions.push(
    {
      id: 'guardian',
      type: 'name',
      role: 'guardian_name',
      label: both('법정대리인', 'Guardian'),
      when,
    },
    {
      id: 'guardian_mail',
      type: 'email',
      role: 'guardian_email',
      label: both('그 이메일', 'Their email'),
      when,
    },
  )
  return form
}
