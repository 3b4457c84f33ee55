import type { ClaimContent } from '../claims/claim-content'
import { isOpenNeed } from '../claims/needs/find-needs'
import { needWords } from '../claims/needs/need-words'
import type { Limits } from '../limits'
import { visibleQuestions } from '../matters/forms/parse-form'
import type { Matter } from '../matters/matter-file'
import type { Language, Translate } from '../web/languages'
import { showDay, showMoment } from '../web/show-moment'
import { askable, dueDays, itemValue } from './ask-for-missing'
import type { ShownClaim } from './show-claim'

/** What a claim lacks in words; an address that waits for its confirmation shows as the state of the claim. */
export function lackWords(shown: ShownClaim, now: Date, t: Translate, lang: Language) {
  const { claim, matter, needs } = shown
  const at = (moment: Date) => showMoment(moment, lang, matter.content.timeZone)
  const rows = needs.flatMap((need) => {
    if (need.kind === 'confirm') return []
    const open = isOpenNeed(need)
    const { met_at: met, cancelled_at: cancelled, due_at: due } = need
    const late = open && due !== null && due < now
    return {
      title: needWords(need, shown, lang)?.label ?? need.ref,
      by: t(`needs:staff.by.${need.source}`),
      tag: open
        ? late
          ? { text: t('needs:staff.late'), tone: 'bad' }
          : { text: t(need.required ? 'needs:staff.open' : 'needs:staff.wished'), tone: 'warn' }
        : {
            text: t(met ? 'needs:staff.met' : 'needs:staff.cancelled'),
            tone: met ? 'ok' : 'neutral',
          },
      when: met
        ? t('needs:staff.metAt', { at: at(met) })
        : cancelled
          ? t('needs:staff.cancelledAt', { at: at(cancelled) })
          : due
            ? t('needs:staff.dueAt', { at: at(due) })
            : t('needs:staff.askedAt', { at: at(need.asked_at) }),
      withdraw:
        open && need.source === 'moderator'
          ? `/claims/${claim.id}/needs/${need.id}/withdraw`
          : null,
    }
  })
  const overdue = claim.cure_due_at !== null && claim.cure_due_at < now
  return {
    complete: !claim.incomplete,
    rows,
    late: overdue ? t('needs:staff.overdue', { at: at(claim.cure_due_at!) }) : null,
  }
}

/**
 * The fields that ask for what is missing. On an opened page only questions that this person was asked; masked,
 * those that everybody is, and what had been chosen.
 */
export function askFields(
  { matter, form }: ShownClaim,
  content: ClaimContent | null,
  { chosen, now, limits }: { chosen: unknown[]; now: Date; limits: Limits },
  t: Translate,
  lang: Language,
) {
  const asked = new Set(
    form.steps
      .flatMap((step) =>
        content
          ? visibleQuestions(form, step.id, content.answers)
          : step.questions.filter(({ when }) => when === undefined),
      )
      .map(({ id }) => id),
  )
  const items = askable(matter, form).filter(
    (one) => one.kind !== 'answer' || asked.has(one.ref) || chosen.includes(itemValue(one)),
  )
  return {
    items: items.map((one) => ({
      value: itemValue(one),
      text: needWords(one, { matter, form }, lang)?.label ?? one.ref,
      hint: t(`needs:ask.kind.${one.kind}`),
    })),
    due: dueDays(now, matter.content.timeZone, limits).offered,
    words: askWords(matter, now, limits, lang),
    noteChars: limits.deficiencyNoteChars,
  }
}

/** What hints and errors of these fields name. */
export function askWords(matter: Matter, now: Date, limits: Limits, lang: Language) {
  const { first, last } = dueDays(now, matter.content.timeZone, limits)
  return {
    first: showDay(first, lang),
    last: showDay(last, lang),
    days: limits.deficiencyMinDays,
    max: limits.deficiencyNoteChars,
  }
}
