import type { AuthorityFacts } from '../authority/authority-facts'
import { claimStates, type ClaimState } from '../claims/claim-state'
import type { ClaimContent } from '../claims/claim-content'
import type { ClaimForm, Lang, Question, QuestionRole, Trades } from '../matters/form-schema'
import { groupDigits } from '../matters/forms/bank-account'
import { describeAnswer } from '../matters/forms/describe-answer'
import { allQuestions, questionWithRole } from '../matters/forms/parse-form'
import { totalTrades, tradeLines } from '../matters/forms/trades'
import type { BothTexts, Consent, MatterKind } from '../matters/matter-file'
import { dateFormat } from '../web/date-formats'
import { translator, type Translate } from '../web/languages'

/** One claim as it goes into a row. */
export interface ClaimRow {
  /** counts from 1 within the batch */
  row: number
  number: string
  state: ClaimState
  filedAt: Date
  verifiedAt: Date | null
  formVersion: number
  /** of what was sent, as it is in force */
  version: number
  /** number of the newest delivery before this one that holds the claim, as it was then */
  earlier: number | null
  /** of its signed papers, in a matter that has some */
  authority?: AuthorityFacts | undefined
  /** number of the household that it is one of */
  household?: string | undefined
  /** whether the notice that the content names was confirmed by the worker */
  noticeConfirmed?: boolean
  content: ClaimContent
}

export interface Column {
  /** stable, plain ASCII: what a program reads the file by, through the manifest */
  id: string
  /** the header in both languages; the file has that of the matter */
  label: BothTexts
  cell: (claim: ClaimRow) => string
}

export interface ColumnsOf {
  /** every form version that the batch holds claims of */
  forms: ReadonlyMap<number, ClaimForm>
  consents: readonly Consent[]
  /** what the matter takes: claims, requests to be excluded, or objections */
  kind?: MatterKind
  lang: Lang
  /** the matter's zone, in which times are written */
  timeZone: string
  /** whether people sign papers in this matter */
  signs?: boolean
  /** whether people file for their households in this matter */
  households?: boolean
  /** whether members of this matter were mailed notices */
  notices?: boolean
}

/** "2026-03-13 14:05:09 +09:00": sorts, names its offset, and the header names the zone. */
export function stampIn(timeZone: string, at: Date): string {
  const format = dateFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  })
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
  for (const { type, value } of format.formatToParts(at)) part[type] = value
  const offset = part.timeZoneName?.replace('GMT', '') || '+00:00'
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second} ${offset}`
}

/** Asked by role, so that each stands in one column however its question is called. */
const roleColumns: QuestionRole[] = [
  'name',
  'romanised_name',
  'birth_date',
  'phone',
  'email',
  'address',
]

/**
 * The columns of a batch: who, then every other question of every form version in it, then what was
 * agreed to and signed, and whether the firm is authorised. An address is one cell, postcode in brackets, so that a spreadsheet does not
 * eat its leading zero; a birth date is YYYY-MM-DD.
 */
export function claimColumns(of: ColumnsOf): Column[] {
  const { forms, consents, kind = 'claim', lang, timeZone, signs, households, notices } = of
  const words = { ko: translator('ko'), en: translator('en') }
  const label = (key: string, values?: Record<string, string>): BothTexts => ({
    ko: words.ko(`batches:column.${key}`, values),
    en: words.en(`batches:column.${key}`, values),
  })
  const t = words[lang]
  const zone = { zone: timeZone }
  const stamp = (at: Date | null) => (at ? stampIn(timeZone, at) : '')
  const known = new Set(consents.map((one) => one.id))
  // Looked up once, not once a row.
  const states = new Map(claimStates.map((state) => [state, t(`common:state.${state}`)]))
  const [yes, no] = [t('common:yes'), t('common:no')]
  const agreed = (one: { given: boolean; version: number }) =>
    `${one.given ? yes : no} (v${one.version})`

  return [
    { id: 'row', label: label('row'), cell: (claim) => String(claim.row) },
    { id: 'claim_number', label: label('claim_number'), cell: (claim) => claim.number },
    { id: 'kind', label: label('kind'), cell: () => kind },
    { id: 'state', label: label('state'), cell: (claim) => states.get(claim.state)! },
    { id: 'filed_at', label: label('filed_at', zone), cell: (claim) => stamp(claim.filedAt) },
    {
      id: 'verified_at',
      label: label('verified_at', zone),
      cell: (claim) => stamp(claim.verifiedAt),
    },
    ...roleColumns.map((role) => ({
      id: role,
      label: label(role),
      cell: (claim: ClaimRow) => cellOfRole(forms.get(claim.formVersion), role, claim, lang),
    })),
    ...(notices
      ? [
          {
            id: 'notice_id',
            label: label('notice_id'),
            cell: (claim: ClaimRow) =>
              claim.noticeConfirmed ? (claim.content.notice?.id ?? '') : '',
          },
        ]
      : []),
    ...questionColumns(forms, lang),
    ...consents.map((consent) => ({
      id: `consent.${consent.id}`,
      label: consent.title,
      cell: (claim: ClaimRow) => {
        const given = claim.content.consents.find((one) => one.id === consent.id)
        return given ? agreed(given) : ''
      },
    })),
    {
      // A consent that was asked when the claim was filed and is not asked any more.
      id: 'consents_other',
      label: label('consents_other'),
      cell: (claim) =>
        claim.content.consents
          .filter((one) => !known.has(one.id))
          .map((one) => `${one.id}: ${agreed(one)}`)
          .join('; '),
    },
    {
      id: 'signature',
      label: label('signature'),
      cell: (claim) => claim.content.signature.text,
    },
    {
      id: 'signature_version',
      label: label('signature_version'),
      cell: (claim) => `v${claim.content.signature.statementVersion}`,
    },
    {
      id: 'signed_at',
      label: label('signed_at', zone),
      cell: (claim) => stamp(new Date(claim.content.signature.at)),
    },
    { id: 'version', label: label('version'), cell: (claim) => `v${claim.version}` },
    {
      id: 'earlier_delivery',
      label: label('earlier_delivery'),
      cell: (claim) => (claim.earlier === null ? '' : String(claim.earlier)),
    },
    ...(households ? householdColumns(label, t) : []),
    ...(signs ? authorityColumns(label, t, stamp, zone) : []),
    { id: 'language', label: label('language'), cell: (claim) => claim.content.language },
    { id: 'form_version', label: label('form_version'), cell: (claim) => `v${claim.formVersion}` },
  ]
}

/** Which claims are of one household, and who inherits of whom a claim names. */
function householdColumns(label: (key: string) => BothTexts, t: Translate): Column[] {
  return [
    { id: 'household', label: label('household'), cell: ({ household }) => household ?? '' },
    {
      id: 'household_role',
      label: label('household_role'),
      cell: ({ content }) =>
        content.household ? t(`households:own.role.${content.household.role}`) : '',
    },
    { id: 'heir', label: label('heir'), cell: ({ content }) => content.household?.heir ?? '' },
  ]
}

/** Whoever has not signed and confirmed the papers of today is delivered, and not as authorised. */
function authorityColumns(
  label: (key: string, values?: Record<string, string>) => BothTexts,
  t: Translate,
  stamp: (at: Date | null) => string,
  zone: { zone: string },
): Column[] {
  const words = {
    true: t('batches:authority.complete'),
    false: t('batches:authority.incomplete'),
  }
  const facts = ({ authority }: ClaimRow) => (authority?.complete ? authority : undefined)
  return [
    {
      id: 'authority',
      label: label('authority'),
      cell: (claim) => words[`${facts(claim) !== undefined}`],
    },
    {
      id: 'authority_documents',
      label: label('authority_documents'),
      cell: (claim) => facts(claim)?.documents ?? '',
    },
    {
      id: 'authority_signed_at',
      label: label('authority_signed_at', zone),
      cell: (claim) => stamp(facts(claim)?.signedAt ?? null),
    },
    {
      id: 'authority_confirmed_at',
      label: label('authority_confirmed_at', zone),
      cell: (claim) => stamp(facts(claim)?.confirmedAt ?? null),
    },
    {
      id: 'authority_sha256',
      label: label('authority_sha256'),
      cell: (claim) => facts(claim)?.documentSha256 ?? '',
    },
    {
      id: 'authority_guardian_sha256',
      label: label('authority_guardian_sha256'),
      cell: (claim) => facts(claim)?.guardianSha256 ?? '',
    },
  ]
}

function cellOfRole(
  form: ClaimForm | undefined,
  role: QuestionRole,
  claim: ClaimRow,
  lang: Lang,
): string {
  const question = form && questionWithRole(form, role)
  if (!question) return ''
  const answer = claim.content.answers[question.id]
  if (role === 'birth_date') return typeof answer === 'string' ? answer : ''
  return describeAnswer(question, answer, lang)
}

/** One column a question id, over all versions; the newest version's words stand in the header. */
function questionColumns(forms: ReadonlyMap<number, ClaimForm>, lang: Lang): Column[] {
  const versions = [...forms.keys()].sort((a, b) => b - a)
  const newest = new Map<string, Question>()
  const asked = new Map<number, Map<string, Question>>()
  for (const version of versions) {
    const questions = allQuestions(forms.get(version)!)
    asked.set(version, new Map(questions.map((question) => [question.id, question])))
    for (const question of questions) {
      const isCore = question.role !== undefined && roleColumns.includes(question.role)
      if (!isCore && !newest.has(question.id)) newest.set(question.id, question)
    }
  }
  return [...newest.values()].flatMap((question) => {
    const asIn = (claim: ClaimRow) => asked.get(claim.formVersion)?.get(question.id)
    const valueOf = (claim: ClaimRow) => claim.content.answers[question.id]
    if (question.type === 'trades') {
      const tradesOf = (claim: ClaimRow) =>
        asIn(claim)?.type === 'trades' ? (valueOf(claim) as Trades | undefined) : undefined
      return tradeColumns(question, tradesOf, lang)
    }
    return {
      id: `answer.${question.id}`,
      label: question.label,
      cell: (claim: ClaimRow) => {
        const its = asIn(claim)
        const value = valueOf(claim)
        // Here, and nowhere else on the way to whoever pays, the whole number is wanted.
        const isNumber = its?.type === 'routing_number' || its?.type === 'account_number'
        if (isNumber) return typeof value === 'string' ? groupDigits(value) : ''
        return its ? describeAnswer(its, value, lang) : ''
      },
    }
  })
}

/** The trades in one cell, a line each, then their totals as plain figures for a spreadsheet to reckon with. */
function tradeColumns(
  { id, label }: Question,
  tradesOf: (claim: ClaimRow) => Trades | undefined,
  lang: Lang,
): Column[] {
  const column = (part: string, cell: (trades: Trades) => string): Column => ({
    id: `answer.${id}${part && `.${part}`}`,
    label: part
      ? {
          ko: `${label.ko}: ${translator('ko')(`batches:trades.${part}`)}`,
          en: `${label.en}: ${translator('en')(`batches:trades.${part}`)}`,
        }
      : label,
    cell: (claim) => {
      const trades = tradesOf(claim)
      return trades === undefined ? '' : cell(trades)
    },
  })
  const shares = (millionths: number) => String(millionths / 1e6)
  const dollars = (cents: number) => (cents / 100).toFixed(2)
  return [
    column('', (trades) => tradeLines(trades, lang).join('\n')),
    column('count', ({ rows }) => String(rows.length)),
    column('held_before', (trades) => shares(trades.shareMillionthsBefore)),
    column('bought', (trades) => shares(totalTrades(trades).bought.shareMillionths)),
    column('bought_usd', (trades) => dollars(totalTrades(trades).bought.cents)),
    column('sold', (trades) => shares(totalTrades(trades).sold.shareMillionths)),
    column('sold_usd', (trades) => dollars(totalTrades(trades).sold.cents)),
    column('held', (trades) => shares(totalTrades(trades).heldShareMillionths)),
  ]
}
