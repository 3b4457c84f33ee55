import { z } from 'zod'
import { normaliseDate } from './forms/date'

/**
 * A claim form as data: the questions of a matter, in steps, each with its words in both languages.
 * A form never changes under the same version; a claim keeps the version it was filed with.
 */

export const langs = ['ko', 'en'] as const
export type Lang = (typeof langs)[number]

const words = (max: number) => z.string().trim().min(1).max(max)

/** The same words in Korean and English; a page shows the reader's. */
export const bothTexts = z.strictObject({ ko: words(4000), en: words(4000) })
export type BothTexts = z.infer<typeof bothTexts>
/** The same for a whole document. */
export const bothLongTexts = z.strictObject({ ko: words(20_000), en: words(20_000) })

/** A day of the calendar. */
export const isoDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'write YYYY-MM-DD, for example 2026-06-11', abort: true })
  .refine(isDay, 'the calendar has no such day; write year, month and day, for example 2026-06-11')

/** Whether a text is a day of the calendar, as `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return normaliseDate(text, 'ko') === text
}

/** Ids stand in HTML names, URLs and exports, so they stay plain ASCII. */
export const fieldId = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,40}$/, 'use small letters a-z, digits and _, a letter first')
export const slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'use small letters a-z, digits and single dashes')
  .max(60)

/** Shown only when an earlier question has one of these answers (for `choices`: contains one of them). */
export const condition = z.strictObject({ question: fieldId, is: z.array(z.string()).min(1) })
export type Condition = z.infer<typeof condition>

const option = z.strictObject({ id: fieldId, label: bothTexts, hint: bothTexts.optional() })
export type Option = z.infer<typeof option>

/** What the system itself needs an answer for: addressing mail, blind indexes, the plaintiff list. */
export const questionRoles = [
  'name',
  'romanised_name',
  'email',
  'phone',
  'birth_date',
  'address',
  // who signs too for a person who is not of age
  'guardian_name',
  'guardian_email',
] as const
export type QuestionRole = (typeof questionRoles)[number]

const common = {
  id: fieldId,
  label: bothTexts,
  hint: bothTexts.optional(),
  /** Why we ask, shown under the question. */
  why: bothTexts.optional(),
  /** What to say when a required answer is missing; a general sentence stands in for it. */
  missing: bothTexts.optional(),
  required: z.boolean().default(true),
  role: z.enum(questionRoles).optional(),
  when: condition.optional(),
}

const length = z.number().int().min(1).max(5000)

/** The answers that make a person eligible, and what those are told who are not. */
const eligibility = {
  eligibleIf: z.array(z.string()).min(1).optional(),
  notEligible: bothTexts.optional(),
}

export const question = z.discriminatedUnion('type', [
  z.strictObject({ ...common, type: z.literal('text'), maxLength: length.default(200) }),
  z.strictObject({ ...common, type: z.literal('long_text'), maxLength: length.default(2000) }),
  /** One full name as on the identity card; `script: latin` for the romanised one. */
  z.strictObject({
    ...common,
    type: z.literal('name'),
    maxLength: length.default(80),
    script: z.enum(['any', 'latin']).default('any'),
  }),
  z.strictObject({ ...common, type: z.literal('email') }),
  z.strictObject({
    ...common,
    type: z.literal('phone'),
    country: z.enum(['KR', 'US']).default('KR'),
  }),
  /** `min` and `max` are ISO dates or `today`; `minAge` in years refuses the younger. */
  z.strictObject({
    ...common,
    type: z.literal('date'),
    min: isoDate.optional(),
    max: z.union([isoDate, z.literal('today')]).optional(),
    minAge: z.number().int().min(1).max(120).optional(),
    tooYoung: bothTexts.optional(),
    /** Who is younger than `minAge` may answer so after all, and a guardian signs with them. */
    withGuardian: condition.optional(),
  }),
  z.strictObject({
    ...common,
    ...eligibility,
    type: z.literal('choice'),
    options: z.array(option).min(2).max(80),
  }),
  z.strictObject({
    ...common,
    type: z.literal('choices'),
    options: z.array(option).min(1).max(40),
    /** An option that stands alone ("none of these"), by id. */
    none: fieldId.optional(),
  }),
  z.strictObject({ ...common, ...eligibility, type: z.literal('yes_no') }),
  /** `countries`: which address shapes are taken; the first is the one shown first. */
  z.strictObject({
    ...common,
    type: z.literal('address'),
    countries: z
      .array(z.enum(['KR', 'US']))
      .min(1)
      .default(['KR']),
  }),
  /** Whole won or dollars with cents as people write them; `min`, `max` in minor units (won, cents). */
  z.strictObject({
    ...common,
    type: z.literal('amount'),
    currency: z.enum(['KRW', 'USD']),
    min: z.number().int().min(0).default(0),
    max: z.number().int().max(Number.MAX_SAFE_INTEGER).default(1_000_000_000_000),
  }),
  /** Of an American bank: nine digits with a check digit. */
  z.strictObject({ ...common, type: z.literal('routing_number') }),
  /** Where money is sent; shown to nobody in full but to the firm that pays. */
  z.strictObject({ ...common, type: z.literal('account_number') }),
  /**
   * Trades of one listed share, in dollars, one a line. `from` and `to`: the period they lie in, both days
   * with it; `max`: most trades.
   */
  z.strictObject({
    ...common,
    type: z.literal('trades'),
    from: isoDate,
    to: isoDate,
    max: z.number().int().min(1).max(200).default(200),
  }),
])
export type Question = z.infer<typeof question>
export type QuestionType = Question['type']

export const stepIds = ['eligibility', 'about_you', 'what_happened', 'payment'] as const
export type StepId = (typeof stepIds)[number]

const step = z.strictObject({
  id: z.enum(stepIds),
  title: bothTexts,
  intro: bothTexts.optional(),
  questions: z.array(question).min(1).max(40),
})
export type Step = z.infer<typeof step>

export const claimForm = z
  .strictObject({ version: z.number().int().min(1), steps: z.array(step).min(1) })
  .superRefine((form, context) => {
    const seen = new Map<string, Question>()
    for (const [s, oneStep] of form.steps.entries()) {
      for (const [q, one] of oneStep.questions.entries()) {
        const path = ['steps', s, 'questions', q]
        const complain = (message: string, key?: string) =>
          context.addIssue({ code: 'custom', path: key ? [...path, key] : path, message })
        if (seen.has(one.id)) {
          complain(`the question id "${one.id}" is used twice; each question has its own`, 'id')
        }
        const conditions = {
          when: one.when,
          withGuardian: one.type === 'date' ? one.withGuardian : undefined,
        }
        for (const [key, its] of Object.entries(conditions)) {
          if (!its) continue
          const asked = seen.get(its.question)
          if (!asked) {
            const before = [...seen.keys()].join(', ') || 'no question'
            complain(
              `"${key}" names "${its.question}", which is not asked earlier; before it come: ${before}`,
              key,
            )
          }
          for (const value of asked ? its.is : []) {
            const values = possibleValues(asked!)
            if (values.includes(value)) continue
            complain(
              `"${key}" waits for "${value}", which "${its.question}" cannot answer; its answers are: ${values.join(', ') || 'none to choose from'}`,
              key,
            )
          }
        }
        if (one.type === 'date' && one.withGuardian) {
          if (one.minAge === undefined || one.role !== 'birth_date') {
            complain('"withGuardian" is for a birth date with "minAge"')
          }
          const all = form.steps.flatMap((two) => two.questions)
          for (const role of ['guardian_name', 'guardian_email'] as const) {
            if (!all.some((two) => two.role === role && two.required)) {
              complain(`"withGuardian" needs a required question with the role "${role}"`)
            }
          }
        }
        if (one.type === 'choice' || one.type === 'choices') {
          const options = one.options.map(({ id }) => id)
          const twice = options.find((id, at) => options.indexOf(id) < at)
          if (twice !== undefined) complain(`the answer id "${twice}" is used twice`, 'options')
          if (one.type === 'choices' && one.none !== undefined && !options.includes(one.none)) {
            complain(
              `"none" names "${one.none}", which is not an answer; the answers are: ${options.join(', ')}`,
              'none',
            )
          }
        }
        if (one.type === 'trades' && one.from > one.to) complain('"from" lies after "to"')
        if ('eligibleIf' in one && one.eligibleIf) {
          for (const value of one.eligibleIf) {
            if (!possibleValues(one).includes(value)) {
              complain(
                `"eligibleIf" names "${value}", which is not an answer; the answers are: ${possibleValues(one).join(', ')}`,
                'eligibleIf',
              )
            }
          }
          if (!one.notEligible)
            complain('"eligibleIf" needs a text "notEligible" too, for those who cannot file')
        }
        seen.set(one.id, one)
      }
    }
    const ids = form.steps.map((one) => one.id)
    if (new Set(ids).size !== ids.length) {
      context.addIssue({
        code: 'custom',
        path: ['steps'],
        message: 'a step appears twice: each "id" of a step stands once',
      })
    }
    for (const role of ['name', 'email'] as const) {
      const count = [...seen.values()].filter((one) => one.role === role && one.required).length
      if (count !== 1) {
        context.addIssue({
          code: 'custom',
          path: ['steps'],
          message: `exactly one required question must have the role "${role}"; there are ${count}. Look for the line "role: ${role}"`,
        })
      }
    }
  })
export type ClaimForm = z.infer<typeof claimForm>

/** The answers that a condition can name. */
export function possibleValues(one: Question): string[] {
  if (one.type === 'yes_no') return ['yes', 'no']
  if (one.type === 'choice' || one.type === 'choices') return one.options.map((o) => o.id)
  return []
}

/** Normalised answers, as they are sealed. Dates are `YYYY-MM-DD`, phones E.164, names and texts NFC. */
export interface Address {
  country: 'KR' | 'US'
  /** always in the US; in Korea few know theirs, and whoever needs it finds it by the address */
  postcode?: string
  line1: string
  line2?: string
  city?: string
  state?: string
}
export interface Amount {
  currency: 'KRW' | 'USD'
  /** Won, or cents. */
  minorUnits: number
}
export interface Trade {
  date: string
  side: 'buy' | 'sell'
  /** Shares can be bought in parts: millionths of one. */
  shareMillionths: number
  /** Of one share, in 1/10,000 of a dollar: brokers print averages below a cent. */
  priceTenThousandths: number
  account?: string
}
export interface Trades {
  /** Held when the period began. */
  shareMillionthsBefore: number
  /** In the order given. */
  rows: Trade[]
}
export type Answer = string | string[] | Address | Amount | Trades
export type Answers = Record<string, Answer>
