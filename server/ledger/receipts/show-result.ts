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
  /** what it is about, and so what it proves */
  kind: 'filed' | 'signed'
  /** what stands in the receipt, whether right or not; null when the text is no receipt */
  facts: ShownFacts | null
  parts: ShownPart[]
}

/**
 * `rightSigned`: `right`, of signed papers with what was signed. `entryOnly`: the same without it, as a printed
 * code carries it: the record is right, and of the paper's words nothing is known. `unreadable`: no receipt at all. `badLink`: a link that is none of ours. `differs`: the receipt is right, today's ledger is another. `waiting`:
 * made before its entry had a place. `asking`, `unreachable`: what is missing comes from the ledger.
 */
export const verdicts = [
  'right',
  'rightSigned',
  'entryOnly',
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
  { receipt, verdict, parts }: CheckedReceipt,
  facts: ShownFacts | null,
  { today, proof }: { today?: Asked; proof?: 'asking' | 'unreachable' } = {},
): ShownResult {
  const kind = receipt?.kind ?? 'filed'
  const own = parts.map(({ part, state }) => ({
    part,
    state: state === 'waiting' && proof ? proof : state,
  }))
  if (!facts) return { verdict: 'unreadable', kind, facts, parts: own }
  if (verdict === 'right' && today) {
    const seen = today === 'wrong' ? 'differs' : rightOf(receipt)
    return { verdict: seen, kind, facts, parts: [...own, { part: 'today', state: today }] }
  }
  const plain = verdict === 'right' ? rightOf(receipt) : verdict
  return { verdict: verdict === 'waiting' && proof ? proof : plain, kind, facts, parts: own }
}

/** What a receipt without a fault shows: not more than what came with it. */
function rightOf(receipt: Receipt | null): Verdict {
  if (receipt?.kind !== 'signed') return 'right'
  return receipt.document === null ? 'entryOnly' : 'rightSigned'
}

export interface ShownFacts {
  number: string
  case: string
  /** the moment of filing in Korea time, and the same in UTC */
  time: string
  utc: string
  /** place in the ledger, from 0; empty when there is none yet */
  place: string
  /** of signed papers: who signed, when, in the zone of the papers, and all that was signed; empty for a claim's receipt */
  signer: string
  signedAt: string
  documents: string
  /** of signed papers: SHA-256 of what was signed, as the papers show it; else empty */
  hash: string
}

const locales = { ko: 'ko-KR', en: 'en-US' } as const
// A receipt that somebody has made up may say anything at any length.
const longest = 200

/** @param titleOf the name of the case with that slug, when there is one */
export function factsOf(
  { kind, number, matter, at, document, private: own }: Receipt,
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
    hash: kind === 'signed' ? hashIn(own) : '',
    ...signedFacts(document, lang),
  }
}

/** The hash of what was signed, in groups of four, as the entry of the confirmation names it. */
function hashIn(own: string): string {
  try {
    const { document } = JSON.parse(own) as { document?: unknown }
    const isHash = typeof document === 'string' && /^[0-9a-f]{64}$/.test(document)
    return isHash ? document.match(/.{4}/g)!.join(' ') : ''
  } catch {
    return ''
  }
}

// A document that somebody has made up may be of any length; a real one is some pages.
const longestText = 60_000

/** What stands in signed papers, as text: whoever compares a print with it sees what was really signed. */
function signedFacts(document: string | null, lang: keyof typeof locales) {
  const nothing = { signer: '', signedAt: '', documents: '' }
  if (document === null) return nothing
  try {
    const {
      signer,
      signedAt,
      timeZone = 'Asia/Seoul',
      documents,
    } = JSON.parse(document) as SignedText
    const text = documents.map(({ binding: { title, blocks } }) =>
      [title, ...blocks.map(({ key, text: line }) => (key ? `${key}: ${line}` : line))].join('\n'),
    )
    return {
      signer: (signer.of ? `${signer.name} (${signer.of})` : signer.name).slice(0, longest),
      signedAt: showMoment(new Date(signedAt), lang, timeZone),
      documents: text.join('\n\n').slice(0, longestText),
    }
  } catch {
    return nothing
  }
}

/** As much of what was signed as is shown; the whole is PackCore in server/authority. */
interface SignedText {
  signer: { name: string; of?: string }
  signedAt: string
  timeZone?: string
  documents: { binding: { title: string; blocks: { key?: string; text: string }[] } }[]
}
