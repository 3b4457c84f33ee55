import type { Db } from '../../db/connections'
import { findClaimForm } from '../../matters/list-matters'
import type { Matter } from '../../matters/matter-file'
import type { Language, Translate } from '../../web/languages'
import type { ClaimState } from '../claim-state'
import { areRemindersEnded } from '../reminders/switch-reminders'
import { showMoment } from '../../web/show-moment'
import { dueWords } from './answer-page'
import { findNeeds, isOpenNeed } from './find-needs'
import { canBeAsked, needPages } from './need-kinds'
import { needWords } from './need-words'

/** Where something can still be given. */
const alive: readonly ClaimState[] = ['verified', 'in_review', 'deficient', 'accepted']

/** What a claim lacks and what of it has come, for its own page; null where nothing is asked any more. */
export async function ownNeeds(
  db: Db,
  live: { id: string; number: string; state: ClaimState; form_version: number },
  matter: Matter | null,
  t: Translate,
  lang: Language,
) {
  if (!matter || !alive.includes(live.state)) return null
  const needs = (await findNeeds(db, live.id)).filter(({ kind }) => canBeAsked(kind))
  const form = needs.length > 0 ? await findClaimForm(db, matter.id, live.form_version) : null
  const named = needs.flatMap((need) => {
    const words = form && needWords(need, { matter, form }, lang)
    return words ? [{ need, words }] : []
  })
  const ended = await areRemindersEnded(db, live.id)
  const open = named.filter(({ need }) => isOpenNeed(need))
  return {
    complete: !open.some(({ need }) => need.required),
    open: open.map(({ need, words }) => ({
      ...words,
      wished: !need.required,
      href: needPages[need.kind].own!(live.number, need.id, need.ref),
      due: dueWords(need, matter, lang),
    })),
    met: named.flatMap(({ need: { met_at: met }, words }) =>
      met
        ? [
            t('needs:own.metAt', {
              label: words.label,
              at: showMoment(met, lang, matter.content.timeZone),
            }),
          ]
        : [],
    ),
    // Only where somebody is reminded of something, or was and did not want to be.
    reminders:
      ended === true || (ended === false && open.some(({ need }) => need.required))
        ? { ended, action: `/claims/mine/${live.number}/reminders` }
        : null,
  }
}
