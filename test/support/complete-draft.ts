import type { Answer, Answers, Question } from '../../server/matters/form-schema'
import type { Matter } from '../../server/matters/matter-file'
import { allQuestions, missingAnswers } from '../../server/matters/forms/parse-form'
import { consentsOf } from '../../server/authority/consents'
import { asksPlace } from '../../server/authority/fill-documents'
import { shownHash } from '../../server/authority/prepare-pack'
import type { DraftContent } from '../../server/intake/draft-content'

const fullName = '김민준'

/** A draft with everything a matter's form requires, consented and signed: what the review page finds. */
export function completeDraft(matter: Matter, now: Date, answered: Answers = {}): DraftContent {
  const { form, content } = matter
  const at = now.toISOString()
  const answers: Answers = {}
  // In turns: an answer can bring up a question.
  for (let missing = missingAnswers(form, answers); missing.length > 0;) {
    for (const { question } of missing) {
      answers[question.id] = answered[question.id] ?? anyAnswer(question)
    }
    missing = missingAnswers(form, answers)
  }
  for (const { id } of allQuestions(form)) {
    if (answered[id] !== undefined) answers[id] = answered[id]
  }
  const given = content.consents.filter(({ required }) => required).map(({ id }) => id)
  return {
    answers,
    done: form.steps.map(({ id }) => id),
    consents: consentsOf(matter, given, now),
    signature: { text: fullName, statementVersion: content.signature.version, at },
    formVersion: form.version,
    ...signing(matter, answers, at),
  }
}

/** Everything the matter has people sign, signed in Korean outside the United States. */
function signing(matter: Matter, answers: Answers, at: string): Partial<DraftContent> {
  if (matter.content.documents.length === 0) return {}
  const language = 'ko'
  const place = asksPlace(matter) ? { signPlace: 'outside' as const } : {}
  return {
    ...place,
    signed: {
      shown: shownHash(matter, { answers, ...place }, { at, language }),
      signature: { kind: 'typed', text: fullName },
      at,
      language,
      address: '127.0.0.1',
      device: 'test',
    },
  }
}

function anyAnswer(question: Question): Answer {
  switch (question.type) {
    case 'name':
      return question.script === 'latin' ? 'Kim Minjun' : fullName
    case 'email':
      return 'minjun.kim@example.com'
    case 'phone':
      return question.country === 'KR' ? '+821012345678' : '+12125550123'
    case 'date':
      return question.role === 'birth_date' ? '1985-03-04' : (question.min ?? '2025-11-29')
    case 'yes_no':
      return question.eligibleIf?.[0] ?? 'yes'
    case 'choice':
      return question.eligibleIf?.[0] ?? question.options[0]!.id
    case 'choices':
      return [question.options[0]!.id]
    case 'address':
      return question.countries[0] === 'KR'
        ? { country: 'KR', postcode: '05510', line1: '서울특별시 송파구 송파대로 570' }
        : { country: 'US', postcode: '11101', line1: '12 Maple St', city: 'Queens', state: 'NY' }
    case 'amount':
      return { currency: question.currency, minorUnits: Math.max(question.min, 3_500_000) }
    case 'trades':
      return {
        shareMillionthsBefore: 0,
        rows: [
          {
            date: question.from,
            side: 'buy',
            shareMillionths: 100_000_000,
            priceTenThousandths: 201_550,
          },
        ],
      }
    case 'routing_number':
      return '021000021'
    case 'account_number':
      return '000123456789'
    case 'text':
    case 'long_text':
      return 'x'.repeat(Math.min(20, question.maxLength))
  }
}
