import { momentIn } from '../claims/access/own-pages'
import type { Limits } from '../limits'
import type { Matter } from '../matters/matter-file'
import type { Language, Translate } from '../web/languages'
import type { Refusal } from './check-document'
import { documentKinds } from './document'
import { isWaiting, type OwnDocument } from './own-documents'

const megabyte = 1024 * 1024

export function documentsPath(number: string): string {
  return `/claims/mine/${number}/documents`
}

/** "2.4 MB", "310 KB": as phones say it. */
export function showSize(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  const [size, unit] = bytes < megabyte ? [bytes / 1024, 'KB'] : [bytes / megabyte, 'MB']
  return `${size < 10 ? Math.max(0.1, size).toFixed(1).replace(/\.0$/, '') : Math.round(size)} ${unit}`
}

/** Why a document is not taken, and what to do instead. */
export function refusalWords(refusal: Refusal, limits: Limits, t: Translate): string {
  return t(`evidence:refusal.${refusal}`, limitValues(limits))
}

function limitValues(limits: Limits) {
  return {
    size: limits.documentBytes / megabyte,
    textSize: limits.documentTextBytes / megabyte,
    files: limits.documentsPerClaim,
    total: limits.documentBytesPerClaim / megabyte,
  }
}

/** What the form says before anything is chosen, and what its script says meanwhile. */
export function uploadWords(limits: Limits, t: Translate) {
  const values = limitValues(limits)
  return {
    rules: ['types', 'size', 'count'].map((rule) => t(`evidence:rules.${rule}`, values)),
    kinds: documentKinds.map((value) => ({ value, text: t(`evidence:kind.${value}`) })),
    // Without HEIC a phone that takes it sends a JPEG, which can be shown; whoever sends it all the same is heard.
    accept: 'image/jpeg,image/png,image/webp,application/pdf,text/plain',
    maxBytes: limits.documentBytes,
    tooLarge: t('evidence:refusal.too_large', values),
    empty: t('evidence:refusal.empty', values),
  }
}

/** A document on its claimant's list. */
export function documentWords(
  document: OwnDocument,
  given: { matter: Matter | null; t: Translate; lang: Language; mayRemove: boolean },
) {
  const { matter, t, lang } = given
  const { state, about, leaving } = document
  const at = (moment: Date) => momentIn(matter, moment, lang)
  const shown = state === 'destroyed' ? 'destroyed' : isWaiting(document) ? 'checking' : 'received'
  return {
    id: document.id,
    name: about?.name ?? t(`evidence:unnamed.${shown}`),
    typed: about !== null,
    kind: t(`evidence:kind.${document.kind}`),
    size: showSize(document.bytes),
    tag: { text: t(`evidence:state.${leaving ? 'leaving' : shown}`), tone: tones[shown] },
    at: at(document.destroyed_at ?? document.received_at ?? document.created_at),
    when: shown,
    sha256: about?.sha256 ?? null,
    reason: document.reason && t(`evidence:reason.${document.reason}`),
    problem:
      shown === 'received' && document.view_problem
        ? t(`evidence:problem.${document.view_problem}`)
        : null,
    removable: given.mayRemove && shown === 'received' && !leaving,
  }
}

const tones = { received: 'ok', checking: 'info', destroyed: 'neutral' } as const
