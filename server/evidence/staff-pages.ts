import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import type { DocumentAbout } from './document'
import { showSize } from './document-pages'
import type { StaffDocument } from './staff-documents'

const tones = { arrived: 'info', checking: 'info', received: 'ok', destroyed: 'neutral' } as const

/** A document as members of staff see it; `opened` only on the page that answers an opening. */
export function staffDocumentWords(
  document: StaffDocument,
  claimId: string,
  opened: { id: string; names: Map<string, DocumentAbout> } | null,
  { t, lang, timeZone }: { t: Translate; lang: Language; timeZone: string },
) {
  const { id, state, view, type } = document
  const href = `/claims/${claimId}/documents/${id}`
  const at = (moment: Date) => showMoment(moment, lang, timeZone)
  const received = state === 'received'
  const about = received ? (opened?.names.get(id) ?? null) : null
  const when = state === 'arrived' ? 'checking' : state
  const made = opened && received && view === 'made'
  return {
    id,
    title: t(`evidence:kind.${document.kind}`),
    name: about?.name ?? null,
    tag: { text: t(`evidence:state.${when}`), tone: tones[state] },
    facts: `${type.toUpperCase()} · ${showSize(document.bytes)} · ${t(`evidence:list.${when}`, {
      at: at(document.destroyed_at ?? document.received_at ?? document.created_at),
    })}`,
    destroyed: document.reason && {
      reason: t(`evidence:staffReason.${document.reason}`),
      by: document.destroyer,
    },
    images:
      made && type !== 'text'
        ? Array.from({ length: document.pages }, (_, page) => ({
            src: `${href}/view/${opened.id}/${page + 1}`,
            alt: `${about?.name ?? ''} ${t('evidence:staff.page', { page: page + 1 })}`,
          }))
        : [],
    text: made && type === 'text' ? `${href}/view/${opened.id}/1` : null,
    noView:
      opened && received && view !== 'made'
        ? t(`evidence:staff.noView.${document.view_problem ?? 'waiting'}`)
        : null,
    original: opened && received ? `${href}/original` : null,
    destroy: state === 'destroyed' ? null : `${href}/destroy`,
  }
}
