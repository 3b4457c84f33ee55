import type { ClaimState } from '../claims/claim-state'
import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import { mayNote } from './add-note'
import type { ShownNote } from './read-notes'

export function notePath(claimId: string): string {
  return `/claims/${claimId}/notes`
}

/** The notes about a claim in words: how many, and what they say once the claim was opened. */
export function noteWords(
  { claim, count }: { claim: { id: string; state: ClaimState }; count: number },
  opened: ShownNote[] | null,
  { t, lang, timeZone }: { t: Translate; lang: Language; timeZone: string },
) {
  return {
    href: mayNote(claim.state) ? notePath(claim.id) : null,
    text: count === 0 ? t('notes:none') : t(opened ? 'notes:shown' : 'notes:count', { count }),
    opened:
      opened &&
      opened.map(({ at, from, text }) => ({
        own: false,
        who: from.name,
        tag: { text: t(`status:role.${from.role}`), tone: 'neutral' },
        when: showMoment(at, lang, timeZone),
        datetime: at.toISOString(),
        text,
      })),
  }
}
