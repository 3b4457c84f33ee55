import type { ClaimForm } from '../matters/matter-file'

/** What of a claim can leak, in the order in which a notice names it. */
export const exposedItems = [
  'name',
  'email',
  'phone',
  'birth_date',
  'address',
  'guardian',
  'account',
  'money',
  'answers',
  'documents',
  'papers',
  'messages',
] as const
export type ExposedItem = (typeof exposedItems)[number]

const bits = { answers: 1, documents: 2, papers: 4, messages: 8 } as const

/**
 * What was exposed of a claim with this form and these items (1 answers, 2 documents, 4 signed papers,
 * 8 messages). By what the form asks: whether somebody answered a question that is optional stands in what they
 * sent, which nobody opens for this.
 */
export function exposedBy(form: ClaimForm, items: number): ExposedItem[] {
  const found = new Set<ExposedItem>()
  if (items & bits.answers) {
    for (const { questions } of form.steps) for (const one of questions) found.add(itemOf(one))
  }
  if (items & bits.documents) found.add('documents')
  if (items & bits.papers) found.add('papers')
  if (items & bits.messages) found.add('messages')
  return exposedItems.filter((one) => found.has(one))
}

function itemOf({ role, type }: ClaimForm['steps'][number]['questions'][number]): ExposedItem {
  switch (role) {
    case 'name':
    case 'romanised_name':
      return 'name'
    case 'email':
    case 'phone':
    case 'birth_date':
    case 'address':
      return role
    case 'guardian_name':
    case 'guardian_email':
      return 'guardian'
    case undefined:
      return byType[type]
  }
}

/** Of a question that the system itself needs no answer for. */
const byType = {
  text: 'answers',
  long_text: 'answers',
  date: 'answers',
  choice: 'answers',
  choices: 'answers',
  yes_no: 'answers',
  name: 'name',
  email: 'email',
  phone: 'phone',
  address: 'address',
  amount: 'money',
  trades: 'money',
  routing_number: 'account',
  account_number: 'account',
} as const
