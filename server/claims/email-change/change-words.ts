import type { Matter } from '../../matters/matter-file'
import type { Language, Translate } from '../../web/languages'
import { momentIn } from '../access/own-pages'
import { stageOf } from './change-state'
import type { ShownChange } from './find-email-change'

const dayMs = 24 * 60 * 60 * 1000
/** What is over is news for so long; after that it is history, which stands among who looked. */
const newsDays = 14

/** The newest change of a claim's address as its page tells it, or null when there is nothing to tell. */
export function changeNotice(
  change: ShownChange | null,
  now: Date,
  matter: Matter | null,
  t: Translate,
  lang: Language,
) {
  if (change === null) return null
  const stage = stageOf(change, now)
  const over = change.applied_at ?? change.stopped_at
  if (over !== null && now.getTime() - over.getTime() > newsDays * dayMs) return null
  // Another one is under way in its place, or nothing was to be done.
  if (change.stopped_by === 'newer' || change.stopped_by === 'unchanged') return null
  const at = (moment: Date | null) => (moment === null ? '' : momentIn(matter, moment, lang))
  const values = { from: at(change.hold_until), until: at(change.expires_at) }
  return {
    title: t(`email:stage.${stage}.title`),
    lines: [
      ...(change.origin === 'staff' ? [t('email:byStaff')] : []),
      t(`email:stage.${stage}.text`, values),
      ...(change.origin === 'staff' && over === null && stage !== 'expired'
        ? [t('email:byStaffStop')]
        : []),
      ...(stage === 'stopped' ? [t(`email:stoppedBy.${change.stopped_by ?? 'time'}`)] : []),
    ],
    tone: stage === 'done' ? 'ok' : stage === 'stopped' || stage === 'expired' ? 'warn' : 'info',
  }
}
