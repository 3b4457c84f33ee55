import type { Matter } from '../../matters/matter-file'
import type { Language, Translate } from '../../web/languages'
import { momentIn } from '../access/own-pages'
import { stageOf, type ChangeStage } from './change-state'
import type { ShownStaffChange, StaffChange } from './decide-email-change'
import { declineReasons, identifiedWays, lostReasons } from './staff-codes'

interface Reader {
  t: Translate
  lang: Language
  now: Date
}

const tones: Record<ChangeStage, 'info' | 'ok' | 'warn' | 'bad' | 'neutral'> = {
  starting: 'neutral',
  waits_both: 'info',
  waits_old: 'info',
  waits_new: 'info',
  waits_approval: 'warn',
  waits_hold: 'info',
  applying: 'info',
  done: 'ok',
  stopped: 'bad',
  expired: 'neutral',
}

function tagOf(change: StaffChange, { t, now }: Reader) {
  const stage = stageOf(change, now)
  return { text: t(`email:staff.stage.${stage}`), tone: tones[stage] }
}

/** A line of the list. */
export function changeLine(change: StaffChange, matter: Matter | null, reader: Reader) {
  const { t, lang } = reader
  return {
    href: `/email-changes/${change.id}`,
    number: change.number,
    matter: matter?.content.title[lang] ?? '',
    tag: tagOf(change, reader),
    by: t('email:staff.row', {
      person: change.requester,
      at: momentIn(matter, change.created_at, lang),
    }),
    reason: t(`email:staff.reason.${change.reason}`),
  }
}

/** The page of one change; what is sealed is added where it was opened. */
export function changePage(
  { change, opened, second }: ShownStaffChange,
  personId: string,
  matter: Matter | null,
  reader: Reader,
) {
  const { t, lang, now } = reader
  const at = (moment: Date | null) =>
    moment === null ? t('email:staff.facts.no') : momentIn(matter, moment, lang)
  const fact = (name: string, value: unknown) => ({ key: t(`email:staff.facts.${name}`), value })
  const over = change.applied_at !== null || change.stopped_at !== null
  const own = change.requested_by === personId
  const named = (person: string | null, moment: Date | null) =>
    person === null ? at(null) : { text: person, user: true, sub: at(moment) }
  return {
    href: `/email-changes/${change.id}`,
    number: change.number,
    tag: tagOf(change, reader),
    stopped: change.stopped_by && {
      by: t(`email:stoppedBy.${change.stopped_by}`),
      reason: change.decline_reason && t(`email:staff.declineReason.${change.decline_reason}`),
      person: change.decliner,
    },
    own,
    // Of what is over nothing can be decided, and of the addresses nothing is left.
    mayOpen: !over && !own,
    mayDecide: !over && !own && opened,
    mayApprove: change.approved_at === null && stageOf(change, now) !== 'expired',
    mayWithdraw: !over && own && change.approved_at === null,
    alone: !over && change.approved_at === null && !second,
    facts: [
      fact('claim', { text: change.number, code: true, href: `/claims/${change.claim_id}` }),
      fact('by', named(change.requester, change.created_at)),
      fact('reason', t(`email:staff.reason.${change.reason}`)),
      fact('identified', t(`email:staff.identified.${change.identified_by}`)),
      fact(
        'notice',
        change.noticed_at ? at(change.noticed_at) : t('email:staff.facts.noticeWaits'),
      ),
      fact('new', at(change.confirmed_new_at)),
      fact('approved', named(change.approver, change.approved_at)),
      ...(over ? [] : [fact('hold', at(change.hold_until)), fact('until', at(change.expires_at))]),
    ],
    declineReasons: choices(declineReasons, 'declineReason', t),
  }
}

/** What can be chosen when a change is started. */
export function startChoices(t: Translate) {
  return {
    reasons: choices(lostReasons, 'reason', t),
    identified: choices(identifiedWays, 'identified', t),
  }
}

function choices(values: readonly string[], name: string, t: Translate) {
  return values.map((value) => ({ value, text: t(`email:staff.${name}.${value}`) }))
}
