import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import type { BatchOnList } from './list-batches'

const tones = { requested: 'info', building: 'info', complete: 'ok', failed: 'bad' } as const

/** A batch in words, for the list and its own page. */
export function batchWords({ batch, matter }: BatchOnList, t: Translate, lang: Language) {
  const at = (moment: Date | null) =>
    moment === null ? null : showMoment(moment, lang, matter.content.timeZone)
  return {
    id: batch.id,
    href: `/batches/${batch.id}`,
    name: t('batches:name', { number: batch.number }),
    matter: matter.content.title[lang],
    firm: matter.firm.content.name[lang],
    tag: { text: t(`batches:state.${batch.state}`), tone: tones[batch.state] },
    state: batch.state,
    claims: batch.claim_count,
    requestedAt: at(batch.requested_at),
    completedAt: at(batch.completed_at),
    downloadedAt: at(batch.downloaded_at),
    leftOut: batch.manifest?.claims.leftOut ?? 0,
    sha256: batch.file_sha256?.toString('hex') ?? null,
    size: batch.file_bytes === null ? null : sizeWords(batch.file_bytes, lang),
    failure: batch.failure === null ? null : t(`batches:failure.${batch.failure}`),
  }
}

/** What the page shows while it is built, and what it asks for every two seconds. */
export function progressOf({ batch }: BatchOnList, t: Translate) {
  const done = batch.state === 'complete' || batch.state === 'failed'
  const max = batch.claim_count ?? 1
  const text =
    batch.state === 'requested'
      ? t('batches:progress.waiting')
      : t('batches:progress.counted', { done: batch.done_count, total: max })
  return { value: batch.done_count, max, text, done }
}

function sizeWords(bytes: number, lang: Language): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'KB'] : [bytes / 1_000_000, 'MB']
  return `${new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(value)} ${unit}`
}
