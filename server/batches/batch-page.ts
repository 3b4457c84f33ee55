import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import { editionOf } from './edition'
import type { BatchOnList } from './list-batches'

const tones = { requested: 'info', building: 'info', complete: 'ok', failed: 'bad' } as const

/** "Delivery no. 3", and from its second file on which one it is. */
export function batchName(
  { number, edition }: { number: number; edition: number },
  t: Translate,
): string {
  return edition > 1 ? t('batches:nameEdition', { number, edition }) : t('batches:name', { number })
}

/** A batch in words, for the list and its own page. */
export function batchWords({ batch, matter }: BatchOnList, t: Translate, lang: Language) {
  const at = (moment: Date | null) =>
    moment === null ? null : showMoment(moment, lang, matter.content.timeZone)
  const complete = batch.state === 'complete'
  return {
    id: batch.id,
    href: `/batches/${batch.id}`,
    name: batchName({ number: batch.number, edition: editionOf(batch) }, t),
    edition: batch.edition,
    matter: matter.content.title[lang],
    firm: matter.firm.content.name[lang],
    tag: { text: t(`batches:state.${batch.state}`), tone: tones[batch.state] },
    state: batch.state,
    // Another person has to agree before it is made.
    approval:
      batch.approval_id !== null && batch.state === 'requested'
        ? `/approvals/${batch.approval_id}`
        : null,
    claims: batch.claim_count,
    requestedAt: at(batch.requested_at),
    reissuedAt: at(batch.reissue_at),
    // Of a file that is being made again nothing is told but that it is.
    completedAt: complete ? at(batch.completed_at) : null,
    downloadedAt: complete ? at(batch.downloaded_at) : null,
    leftOut: complete ? (batch.manifest?.claims.leftOut ?? 0) : 0,
    sha256: complete ? (batch.file_sha256?.toString('hex') ?? null) : null,
    size: complete && batch.file_bytes !== null ? sizeWords(batch.file_bytes, lang) : null,
    failure: batch.failure === null ? null : t(`batches:failure.${batch.failure}`),
  }
}

/** What the page shows while it is built, and what it asks for every two seconds. */
export function progressOf({ batch }: BatchOnList, t: Translate) {
  const done = batch.state === 'complete' || batch.state === 'failed'
  const max = batch.claim_count ?? 1
  const text =
    batch.state === 'requested'
      ? t(batch.approval_id === null ? 'batches:progress.waiting' : 'batches:progress.approval')
      : t('batches:progress.counted', { done: batch.done_count, total: max })
  return { value: batch.done_count, max, text, done }
}

function sizeWords(bytes: number, lang: Language): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'KB'] : [bytes / 1_000_000, 'MB']
  return `${new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(value)} ${unit}`
}
