import { z } from 'zod'
import { normaliseNoticeId } from '../notices/notice-shape'
import { knownPlaceholders, unknownPlaceholders } from './document-template'
import {
  bothLongTexts,
  bothTexts,
  claimForm,
  condition,
  fieldId,
  isDay,
  isoDate,
  possibleValues,
  slug,
  type ClaimForm,
} from './form-schema'

export type {
  Answer,
  Answers,
  BothTexts,
  ClaimForm,
  Lang,
  Question,
  Step,
  StepId,
} from './form-schema'

/**
 * The shape of a shipped matter, incident and firm: files a person can read and correct, checked here
 * before they reach the database. One matter is one proceeding about an incident.
 */

const link = z.strictObject({ label: bothTexts, url: z.url({ protocol: /^https$/ }) })

/** A statement about the world, with the day it was true. */
const fact = z.strictObject({ text: bothTexts, asOf: isoDate, source: bothTexts.optional() })
export type Fact = z.infer<typeof fact>

export const incidentFile = z.strictObject({
  slug,
  /** Order on the first page; smaller comes first. */
  order: z.number().int(),
  title: bothTexts,
  summary: bothTexts,
  facts: z.array(fact).min(1),
})
export type IncidentContent = z.infer<typeof incidentFile>
export const incidentsFile = z.strictObject({ incidents: z.array(incidentFile).min(1) })

export const firmFile = z.strictObject({
  slug,
  name: bothTexts,
  jurisdiction: z.enum(['KR', 'US']),
  city: bothTexts,
  /** Always true for shipped firms: pages say that the firm is made up. */
  invented: z.boolean(),
  contactEmail: z.email(),
})
export type FirmContent = z.infer<typeof firmFile>
export const firmsFile = z.strictObject({ firms: z.array(firmFile).min(1) })

/** A date in the matter's own zone; the moment is computed with its zone, never with the server's. */
const deadline = z.strictObject({
  id: fieldId,
  label: bothTexts,
  at: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/, {
      error: "write YYYY-MM-DDTHH:MM in quotes, without a zone, for example '2028-11-28T23:59'",
      abort: true,
    })
    .refine(
      (at) => isDay(at.slice(0, 10)) && /T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(at),
      'there is no such day or time; the last minute of a day is 23:59',
    ),
  timeZone: z.enum([
    'Asia/Seoul',
    'America/New_York',
    'America/Chicago',
    'America/Denver',
    'America/Los_Angeles',
  ]),
  source: bothTexts,
  /** Filing stops at this moment. */
  closesFiling: z.boolean().default(false),
})
export type Deadline = z.infer<typeof deadline>

/**
 * One consent of PIPA 15, 17, 22 or 28-8: its own box, its own version, its purpose, items, period
 * and what follows from refusing. An optional one is never a condition of filing.
 */
const consent = z
  .strictObject({
    id: fieldId,
    version: z.number().int().min(1),
    kind: z.enum(['collection', 'provision', 'overseas', 'newsletter']),
    required: z.boolean(),
    title: bothTexts,
    /** Who receives the data, and where; for `provision` and `overseas`. */
    recipient: bothTexts.optional(),
    purpose: bothTexts,
    items: bothTexts,
    retention: bothTexts,
    refusal: bothTexts,
  })
  .superRefine((one, context) => {
    if ((one.kind === 'provision' || one.kind === 'overseas') && !one.recipient) {
      context.addIssue({
        code: 'custom',
        path: ['recipient'],
        message: 'add "recipient": who receives the data, and where',
      })
    }
    if (one.kind === 'newsletter' && one.required) {
      context.addIssue({
        code: 'custom',
        path: ['required'],
        message: 'a newsletter is never a condition: write "required: false"',
      })
    }
  })
export type Consent = z.infer<typeof consent>

/** What a person signs by typing their name; the exact words, kept by version. */
const signature = z.strictObject({
  version: z.number().int().min(1),
  title: bothTexts,
  statement: bothTexts,
})
export type SignatureStatement = z.infer<typeof signature>

/**
 * What a claim of this matter may lack. `required`: before it is delivered; `wished`: asked of everyone, never
 * a condition; `on_request`: only when a moderator asks. A question of the form has its words there.
 */
const needRule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answer'),
    /** the question's id */
    ref: fieldId,
    level: z.enum(['required', 'wished']),
  }),
  z.strictObject({
    kind: z.enum(['document', 'signature']),
    /** names the kind of document or paper, for good */
    ref: fieldId,
    label: bothTexts,
    hint: bothTexts.optional(),
    level: z.enum(['required', 'wished', 'on_request']),
    /** Asked for only of who answers so. */
    when: condition.optional(),
  }),
])
export type NeedRule = z.infer<typeof needRule>

/**
 * What a person signs to be represented, or under oath: the exact words, kept by version, with placeholders
 * for their details (document-template.ts). Both languages say the same; `language` is the one that binds.
 */
const document = z
  .strictObject({
    id: fieldId,
    version: z.number().int().min(1),
    kind: z.enum([
      'power_of_attorney',
      'fee_agreement',
      'sworn_statement',
      'exclusion_request',
      'objection',
    ]),
    language: z.enum(['ko', 'en']),
    title: bothTexts,
    text: bothLongTexts,
    /** Of a sworn statement: its closing words for who signs inside the United States, and outside. */
    oath: z.strictObject({ inside: bothTexts, outside: bothTexts }).optional(),
  })
  .superRefine((one, context) => {
    const sworn = one.kind === 'sworn_statement'
    const names = [one.text.ko, one.text.en].every((text) => text.includes('{{oath}}'))
    if (sworn !== (one.oath !== undefined) || sworn !== names) {
      context.addIssue({
        code: 'custom',
        path: ['oath'],
        message: 'a sworn statement, and nothing else, has an oath and {{oath}} in its text',
      })
    }
  })
export type MatterDocument = z.infer<typeof document>

/**
 * Of a matter whose members were mailed a notice with an ID and a PIN; the list itself is imported
 * (`npm run notices`), and the page is offered once there is one.
 */
const notices = z.strictObject({
  open: z.boolean(),
  /** who was mailed one, and where on it ID and PIN stand */
  where: bothTexts,
  /** an ID as people see it, made up */
  example: z.string().refine((id) => normaliseNoticeId(id) !== null, {
    message: 'an ID has 6 to 32 letters and digits; spaces and dashes do not count',
  }),
})

const section = z.array(bothTexts).min(1)

/** What is filed: a claim, or what a member of a class says instead (Rule 23(c)(2)(B)(v), 23(e)(5)). */
export const matterKinds = ['claim', 'opt_out', 'objection'] as const
export type MatterKind = (typeof matterKinds)[number]

/**
 * What is stored of a matter beside its form; the form lives in `claim_forms`, one row a version. What an
 * earlier release stored besides is left out; in a file it would be refused.
 */
export const matterContent = z.object({
  slug,
  /** Requests to be excluded and objections have a file of their own, which says of which case. */
  kind: z.enum(matterKinds).default('claim'),
  of: slug.optional(),
  /**
   * Such requests are taken once a court has set a date for them, which closes filing. Before that only where
   * the file says, in these words, what a request that comes early is worth.
   */
  early: bothTexts.optional(),
  incident: slug,
  jurisdiction: z.enum(['KR', 'US']),
  regime: z.enum(['joinder', 'mediation', 'class']),
  firm: slug,
  /**
   * Names the proceeding, where several cases here are about one, by different firms: nobody is represented twice
   * in it. What is filed beside a claim (`of`) names none: it goes to the same firm, and is told apart by its kind.
   */
  proceeding: slug.optional(),
  /** Whether one person may file for others of their household; not said: in a joint suit. */
  households: z.boolean().optional(),
  state: z.enum(['open', 'closed']),
  /** The language its papers are in. */
  language: z.enum(['ko', 'en']),
  timeZone: deadline.shape.timeZone,
  title: bothTexts,
  summary: bothTexts,
  forum: bothTexts,
  affected: section,
  eligibility: section,
  remedies: section,
  fees: section,
  next: section,
  facts: z.array(fact).min(1),
  evidence: section,
  deadlines: z.array(deadline),
  links: z.array(link).default([]),
  consents: z.array(consent).min(2),
  signature,
  needs: z.array(needRule).default([]),
  /** What is signed when filing; none: the signature under the consents is all. */
  documents: z.array(document).max(10).default([]),
  notices: notices.optional(),
})

export const matterFile = z
  .strictObject({ ...matterContent.shape, form: claimForm })
  .superRefine((matter, context) => {
    if ((matter.kind === 'claim') !== (matter.of === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['of'],
        message: 'an opt_out or an objection, and nothing else, names the case it is about',
      })
    }
    if (matter.kind !== 'claim' && matter.regime !== 'class') {
      context.addIssue({
        code: 'custom',
        path: ['kind'],
        message: 'only a class action has people who opt out or object',
      })
    }
    if (
      matter.early &&
      (matter.kind === 'claim' || matter.deadlines.some((one) => one.closesFiling))
    ) {
      context.addIssue({
        code: 'custom',
        path: ['early'],
        message: 'an opt_out or an objection comes early only while no court has set a date',
      })
    }
    for (const [at, { id }] of matter.consents.entries()) {
      if (matter.consents.findIndex((one) => one.id === id) < at) {
        context.addIssue({
          code: 'custom',
          path: ['consents', at, 'id'],
          message: `the consent id "${id}" is used twice; each consent has its own`,
        })
      }
    }
    const asked = matter.form.steps.flatMap((step) => step.questions)
    const questions = asked.map(({ id }) => id)
    const needed = new Set<string>()
    for (const [at, rule] of matter.needs.entries()) {
      const { kind, ref } = rule
      const when = 'when' in rule ? rule.when : undefined
      const answered = asked.find(({ id }) => id === when?.question)
      if (when && !when.is.every((one) => answered && possibleValues(answered).includes(one))) {
        context.addIssue({
          code: 'custom',
          path: ['needs', at, 'when'],
          message: `"when" of the ${kind} "${ref}" names an answer that the form does not have`,
        })
      }
      const wrong = needed.has(`${kind} ${ref}`)
        ? `the ${kind} "${ref}" is listed twice`
        : kind === 'answer' && !questions.includes(ref)
          ? `the form asks no question "${ref}"; it asks: ${questions.join(', ')}`
          : null
      if (wrong) context.addIssue({ code: 'custom', path: ['needs', at, 'ref'], message: wrong })
      needed.add(`${kind} ${ref}`)
    }
    for (const [at, one] of matter.documents.entries()) {
      if (matter.documents.findIndex(({ id }) => id === one.id) < at) {
        context.addIssue({
          code: 'custom',
          path: ['documents', at, 'id'],
          message: `the document id "${one.id}" is used twice; each document has its own`,
        })
      }
      for (const lang of ['ko', 'en'] as const) {
        for (const name of unknownPlaceholders(one.text[lang], matter.form)) {
          context.addIssue({
            code: 'custom',
            path: ['documents', at, 'text', lang],
            message: `{{${name}}} stands for nothing; there are: ${knownPlaceholders(matter.form)
              .map((one) => `{{${one}}}`)
              .join(', ')}`,
          })
        }
      }
    }
    for (const kind of ['collection', 'provision'] as const) {
      if (!matter.consents.some((one) => one.kind === kind && one.required)) {
        context.addIssue({
          code: 'custom',
          path: ['consents'],
          message: `there must be a consent with "kind: ${kind}" and "required: true" (PIPA ${kind === 'collection' ? 15 : 17})`,
        })
      }
    }
  })
export type MatterFile = z.infer<typeof matterFile>

export type MatterContent = z.infer<typeof matterContent>

/** A matter as every other feature reads it. */
export interface Matter {
  id: string
  slug: string
  jurisdiction: 'KR' | 'US'
  regime: 'joinder' | 'mediation' | 'class'
  state: 'open' | 'closed'
  incident: { id: string; slug: string; content: IncidentContent }
  firm: { id: string; slug: string; content: FirmContent }
  content: MatterContent
  /** The current form; a claim filed earlier may have another: ask `findClaimForm`. */
  form: ClaimForm
}
