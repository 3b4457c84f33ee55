import { showMoment } from '../../web/show-moment'
import {
  receiptParts,
  type CheckedReceipt,
  type PartState,
  type ReceiptPart,
} from './check-receipt'
import type { Today } from './compare-today'
import type { Receipt } from './receipt'

/**
 * What the page says about a checked receipt, as data: the words stand in `verify.json` alone. The
 * server and the browser both make it with this, so they say the same.
 */
export interface ShownResult {
  verdict: Verdict
  /** what stands in the receipt, whether right or not; null when the text is no receipt */
  facts: ShownFacts | null
  parts: ShownPart[]
}

/**
 * `unreadable`: no receipt at all. `badLink`: a link that is none of ours. `differs`: the receipt is right, today's ledger is another. `waiting`:
 * made before its entry had a place. `asking`, `unreachable`: what is missing comes from the ledger.
 */
export const verdicts = [
  'right',
  'wrong',
  'unreadable',
  'badLink',
  'differs',
  'waiting',
  'asking',
  'unreachable',
] as const
export type Verdict = (typeof verdicts)[number]

export type ShownState = PartState | Asked
/** Of a part for which the ledger is asked: what is known of it so far. */
export type Asked = Today | 'asking' | 'unreachable'

export interface ShownPart {
  part: ReceiptPart | 'today'
  state: ShownState
}

/** Every line that a result may have; the page carries the words of all of them for the browser. */
export const shownParts: readonly ShownPart[] = [
  ...receiptParts.flatMap((part) => lines(part, ['right', 'wrong'])),
  ...lines('inclusion', ['waiting', 'asking', 'unreachable']),
  ...lines('signature', ['waiting', 'asking', 'unreachable']),
  ...lines('today', ['right', 'wrong', 'reopened', 'asking', 'unreachable']),
]

function lines(part: ShownPart['part'], states: ShownState[]): ShownPart[] {
  return states.map((state) => ({ part, state }))
}

/**
 * @param today how the ledger of today compares, for a receipt that is right in itself
 * @param proof why the proof is missing, for one that came as a link
 */
export function resultOf(
  { verdict, parts }: CheckedReceipt,
  facts: ShownFacts | null,
  { today, proof }: { today?: Asked; proof?: 'asking' | 'unreachable' } = {},
): ShownResult {
  const own = parts.map(({ part, state }) => ({
    part,
    state: state === 'waiting' && proof ? proof : state,
  }))
  if (!facts) return { verdict: 'unreadable', facts, parts: own }
  if (verdict === 'right' && today) {
    const seen = today === 'wrong' ? 'differs' : 'right'
    return { verdict: seen, facts, parts: [...own, { part: 'today', state: today }] }
  }
  return { verdict: verdict === 'waiting' && proof ? proof : verdict, facts, parts: own }
}

export interface ShownFacts {
  number: string
  case: string
  /** the moment of filing in Korea time, and the same in UTC */
  time: string
  utc: string
  /** place in the ledger, from 0; empty when there is none yet */
  place: string
}

const locales = { ko: 'ko-KR', en: 'en-US' } as const
// A receipt that somebody has made up may say anything at any length.
const longest = 200

/** @param titleOf the name of the case with that slug, when there is one */
export function factsOf(
  { number, matter, at }: Receipt,
  index: number | null,
  { lang, titleOf }: { lang: keyof typeof locales; titleOf: (slug: string) => string | undefined },
): ShownFacts {
  const moment = new Date(at)
  const isMoment = !Number.isNaN(moment.getTime())
  return {
    number: number.slice(0, longest),
    case: titleOf(matter) ?? matter.slice(0, longest),
    time: isMoment ? showMoment(moment, lang, 'Asia/Seoul') : at.slice(0, longest),
    utc: isMoment ? showMoment(moment, lang, 'UTC') : '',
    place: index === null ? '' : index.toLocaleString(locales[lang]),
  }
}
