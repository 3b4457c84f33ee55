import type { Limits } from '../limits'
import type { Language, Translate } from '../web/languages'
import { showAge } from '../web/show-age'
import { showMoment } from '../web/show-moment'
import {
  unsentViews,
  type Unsent,
  type UnsentRow,
  type UnsentState,
  type UnsentView,
} from './list-unsent'
import { mailTones } from './mail-tones'
import { isStuck } from './resend-mail'

const zone = 'Asia/Seoul'
const dayMs = 24 * 60 * 60 * 1000

interface Reader {
  t: Translate
  lang: Language
  now: Date
  limits: Pick<Limits, 'mailCountMax' | 'unverifiedDays'>
  role: 'administrator' | 'moderator' | 'counsel'
}

/** Mails that have not gone out, in words. */
export function unsentWords(
  { mails, counts, next, alertMs }: Unsent,
  query: { view: UnsentView; after?: string | undefined },
  reader: Reader,
) {
  const { t, lang, limits } = reader
  const counted = (states: readonly UnsentState[]) => {
    const sum = states.reduce((all, state) => all + (counts.get(state) ?? 0), 0)
    const more = states.some((state) => (counts.get(state) ?? 0) > limits.mailCountMax)
    return more ? `${limits.mailCountMax}+` : String(sum)
  }
  const link = (view: UnsentView) => (view === 'all' ? '/mails' : `/mails?view=${view}`)
  const here = link(query.view)
  return {
    alert: alertMs === null ? null : t('mails:alert', { age: showAge(alertMs, lang) }),
    view: query.view,
    after: query.after ?? '',
    views: unsentViews.map((view) => ({
      href: link(view),
      text: `${t(`mails:view.${view}`)} ${counted(view === 'all' ? [...counts.keys()] : [view])}`,
      current: view === query.view,
    })),
    rows: mails.map((mail) => rowWords(mail, reader)),
    pages: {
      ...(query.after && { prev: here }),
      ...(next && { next: `${here}${here.includes('?') ? '&' : '?'}after=${next}` }),
    },
  }
}

function rowWords(mail: UnsentRow, { t, lang, now, limits, role }: Reader) {
  const at = (moment: Date) => showMoment(moment, lang, zone)
  const expires =
    mail.claim_state === 'unverified' && mail.filed_at
      ? at(new Date(mail.filed_at.getTime() + limits.unverifiedDays * dayMs))
      : null
  return {
    id: mail.id,
    title: t(`mails:kind.${mail.template}`),
    tag: { text: t(`mails:state.${mail.state}`), tone: mailTones[mail.state] },
    about: aboutWords(mail, t, role),
    age: t('mails:age', {
      age: showAge(now.getTime() - mail.created_at.getTime(), lang),
      at: at(mail.created_at),
    }),
    attempts:
      mail.attempts === 0 ? t('mails:notTried') : t('mails:attempts', { count: mail.attempts }),
    next:
      mail.state === 'queued'
        ? t('mails:nextByItself')
        : mail.state === 'deferred' && mail.next_attempt_at
          ? t('mails:nextAt', { at: at(mail.next_attempt_at) })
          : t('mails:nextNever'),
    why: mail.attempts === 0 ? null : smtpWords(mail.smtp_code, t),
    // What happens meanwhile to a claim whose mail does not arrive is said, not left to be found out.
    expires: expires && t('mails:expires', { at: expires }),
    resend: isStuck(mail.state) ? `/mails/${mail.id}/resend` : null,
  }
}

function aboutWords(mail: UnsentRow, t: Translate, role: Reader['role']) {
  if (mail.number !== null) {
    return {
      text: mail.number,
      href: `/claims/${mail.claim_id}`,
      code: true,
      state: mail.claim_state,
    }
  }
  if (mail.batch !== null)
    return { text: t('batches:name', { number: mail.batch }), person: mail.person }
  if (mail.person !== null) {
    // The list of accounts is for administrators.
    return { text: mail.person, user: true, ...(role === 'administrator' && { href: '/people' }) }
  }
  return { text: t('mails:noClaim') }
}

/** Codes whose meaning the standards give (RFC 5321, 4954, 7504); servers use the rest as they please. */
const knownCodes = [421, 450, 451, 452, 454, 530, 535, 550, 551, 552, 553, 554, 556]

/** What the mail server answered, for a person who never heard of its codes. */
function smtpWords(code: number | null, t: Translate): string {
  if (code === null) return t('mails:smtp.none')
  const key = knownCodes.includes(code) ? String(code) : code >= 500 ? '5xx' : '4xx'
  return t('mails:smtp.answered', { code, meaning: t(`mails:smtp.${key}`) })
}
