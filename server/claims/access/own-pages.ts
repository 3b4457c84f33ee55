import { filedAs } from '../../matters/filed-as'
import { deadlineMoment } from '../../matters/filing-open'
import type { Matter } from '../../matters/matter-file'
import { rejectionReasons } from '../../moderation/decide-claim'
import { searchReasons } from '../../search/ask-search'
import type { Language, Translate } from '../../web/languages'
import { showMoment } from '../../web/show-moment'
import { allowsChange } from '../changes/change-kinds'
import type { ClaimState } from '../claim-state'
import type { Act, LookedCopy } from './copy-content'
import type { OwnClaim } from './own-claims'

/** Those with words of their own; what a later release records reads "another reason" until it has some. */
const purposes = [
  'screening',
  'mail',
  'email_correction',
  'review',
  'identity_check',
  'duplicate_check',
  'claimant_contact',
  'batch',
  'own_page',
  'email_change',
  'own_change',
  'data_copy',
  'messages',
  'own_messages',
  'document_check',
  'document_download',
  'signing',
  'paper',
  'authority_check',
]

/** Where the claim will not go on by itself, there is no "next" in its timeline. */
const over: readonly ClaimState[] = ['rejected', 'duplicate', 'expired', 'withdrawn', 'erased']

export function ownClaimPath(number: string): string {
  return `/claims/mine/${number}`
}

/** A claim on the list. */
export function ownClaimLine({ copy, live }: OwnClaim, matter: Matter | null, lang: Language) {
  return {
    href: ownClaimPath(live.number),
    number: live.number,
    name: copy.name,
    matter: matter?.content.title[lang] ?? copy.matter,
    state: live.state,
    filed: matter ? filedAs(matter) : 'claim',
    filedAt: momentIn(matter, live.filed_at, lang),
  }
}

/** The page of one claim in words. */
export function ownClaimWords(
  { copy, live }: OwnClaim,
  looked: LookedCopy | null,
  matter: Matter | null,
  t: Translate,
  lang: Language,
) {
  const firm = matter?.firm.content.name[lang] ?? t('status:theFirm')
  const delivered = looked?.acts.find(({ kind }) => kind === 'delivered')
  // Delivery is no state: an accepted claim that has arrived at the firm waits for the firm.
  const stage = live.state === 'accepted' && delivered ? 'delivered' : live.state
  const path = ownClaimPath(live.number)
  return {
    number: live.number,
    state: live.state,
    stage: {
      text: t(`status:stage.${stage}.text`, { firm }),
      next: t(`status:stage.${stage}.next`, { firm }),
    },
    reason: live.state === 'rejected' ? reasonWords(looked?.reason ?? null, t) : null,
    contact: live.state === 'rejected' ? (matter?.firm.content.contactEmail ?? null) : null,
    case: matter && { name: matter.content.title[lang], href: `/matters/${matter.slug}` },
    timeline: timeline({ copy, live }, looked, matter, t, lang),
    deadlines: (matter?.content.deadlines ?? []).map((one) => {
      const at = deadlineMoment(one)
      return {
        label: one.label[lang],
        iso: at.toISOString(),
        timeZone: one.timeZone,
        text: showMoment(at, lang, one.timeZone),
      }
    }),
    facts: [
      { key: t('status:facts.number'), value: { text: live.number, code: true } },
      ...(matter ? [{ key: t('status:facts.case'), value: matter.content.title[lang] }] : []),
      ...(matter ? [{ key: t('status:facts.firm'), value: firm }] : []),
      { key: t('status:facts.name'), value: { text: copy.name, user: true } },
      {
        key: t('status:facts.email'),
        value: { text: copy.email, user: true },
        ...(allowsChange(live.state, 'change_email') && { href: `${path}/email` }),
      },
    ],
    receipt: `${path}/receipt`,
    documents: `${path}/documents`,
    looked: looked && lookedWords(looked, matter, t, lang),
  }
}

function timeline(
  { live }: OwnClaim,
  looked: LookedCopy | null,
  matter: Matter | null,
  t: Translate,
  lang: Language,
) {
  const { state } = live
  const firm = matter?.firm.content.name[lang] ?? t('status:theFirm')
  const step = (name: string, at: Date | string | null, tone: 'ok' | 'bad' | 'warn' | 'next') => ({
    title: t(`status:timeline.${name}`, { firm }),
    ...(at === null
      ? {}
      : { when: momentIn(matter, at, lang), datetime: new Date(at).toISOString() }),
    tone,
  })
  const decided = state === 'accepted' || state === 'rejected' || state === 'duplicate'
  const delivered = looked?.acts.find(({ kind }) => kind === 'delivered')
  const steps = [step('filed', live.filed_at, 'ok')]
  if (live.verified_at) steps.push(step('confirmed', live.verified_at, 'ok'))
  const reviewed = looked?.reviewStartedAt ?? null
  if (reviewed !== null || state === 'in_review') steps.push(step('review', reviewed, 'ok'))
  else if (!over.includes(state) && !decided) steps.push(step('review', null, 'next'))
  if (state === 'accepted') steps.push(step('accepted', live.decided_at, 'ok'))
  else if (state === 'rejected') steps.push(step('rejected', live.decided_at, 'bad'))
  else if (state === 'deficient') steps.push(step('deficient', null, 'warn'))
  else if (over.includes(state)) steps.push(step(`ended.${state}`, null, 'warn'))
  else steps.push(step('decision', null, 'next'))
  if (delivered) steps.push(step('delivered', delivered.at, 'ok'))
  else if (!over.includes(state)) steps.push(step('delivery', null, 'next'))
  return steps
}

export function lookedWords(
  looked: LookedCopy,
  matter: Matter | null,
  t: Translate,
  lang: Language,
) {
  return {
    madeAt: momentIn(matter, looked.madeAt, lang),
    acts: looked.acts.map((act) => ({
      ...actWords(act, t, lang),
      when: momentIn(matter, act.at, lang),
      datetime: act.at,
    })),
    cut: looked.cut,
    jobs: looked.jobs.map(({ purpose, count, first, last }) => ({
      title: purposeWords(purpose, t),
      count: t('status:looked.times', { count }),
      when:
        count === 1
          ? momentIn(matter, last, lang)
          : t('status:looked.between', {
              first: momentIn(matter, first, lang),
              last: momentIn(matter, last, lang),
            }),
    })),
  }
}

/** Who, by role and firm, and why. */
function actWords(act: Act, t: Translate, lang: Language): { title: string; text?: string } {
  if (act.kind === 'opened') {
    const role = roleWords(act.role, t)
    return {
      title: act.firm ? t('status:looked.roleOf', { firm: act.firm[lang], role }) : role,
      text: act.purpose === 'search' ? searchedWords(act.reason, t) : purposeWords(act.purpose, t),
    }
  }
  if ('firm' in act) return { title: t(`status:looked.${act.kind}`, { firm: act.firm[lang] }) }
  return emailActWords(act, t)
}

type EmailAct = Extract<Act, { identified: unknown }>

function emailActWords(act: EmailAct, t: Translate): { title: string; text?: string } {
  const title = t(`status:looked.${act.kind}`, { role: roleWords(act.role, t) })
  if (act.why === null || act.identified === null) return { title }
  const why = t(`email:staff.reason.${act.why}`)
  const identified = t(`email:staff.identified.${act.identified}`)
  return { title, text: t('status:looked.emailWhy', { why, identified }) }
}

function roleWords(role: string, t: Translate): string {
  const known = ['administrator', 'moderator', 'counsel'].includes(role)
  return t(`status:role.${known ? role : 'unknown'}`)
}

function purposeWords(purpose: string, t: Translate): string {
  return t(`status:purpose.${purposes.includes(purpose) ? purpose : 'other'}`)
}

function searchedWords(reason: string | undefined, t: Translate): string {
  return t(`status:searched.${searchReasons.find((one) => one === reason) ?? 'other'}`)
}

function reasonWords(reason: string | null, t: Translate): string {
  return t(`status:reason.${rejectionReasons.find((one) => one === reason) ?? 'other'}`)
}

/** In the zone of the case, where its court and its deadlines are. */
export function momentIn(matter: Matter | null, at: Date | string, lang: Language): string {
  return showMoment(new Date(at), lang, matter?.content.timeZone ?? 'Asia/Seoul')
}
