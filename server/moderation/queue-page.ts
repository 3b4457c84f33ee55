import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import { isStuck } from '../mail/resend-mail'
import { queueViews, type Queue, type QueueClaim, type QueueQuery } from './list-queue'

/** The queue in words: rows for the table, the views as links, the filter. */
export function queueWords(queue: Queue, query: QueueQuery, t: Translate, lang: Language) {
  const matter = queue.matter?.slug
  const complete = ['yes', 'no'].find((one) => one === query.complete) ?? null
  const link = (view: string, more: Record<string, string | null> = {}) => {
    const wanted = {
      view: view === 'waiting' ? null : view,
      matter: matter ?? null,
      complete,
      ...more,
    }
    const asked = Object.entries(wanted).filter((pair): pair is [string, string] => !!pair[1])
    return `/queue${asked.length ? `?${new URLSearchParams(asked).toString()}` : ''}`
  }
  return {
    view: query.view,
    views: queueViews.map((view) => ({
      href: link(view),
      text: t(`moderation:queue.view.${view}`),
      current: view === query.view,
    })),
    // Decided claims lack what they lack, and unconfirmed ones everything.
    filtersComplete: !['decided', 'bounced'].includes(query.view),
    complete: complete ?? '',
    completes: ['yes', 'no'].map((value) => ({ value, text: t(`needs:queue.complete.${value}`) })),
    matter: matter ?? '',
    matters: queue.matters.map(({ slug, content }) => ({ value: slug, text: content.title[lang] })),
    rows: queue.claims.map((one) => rowWords(one, t, lang)),
    pages: {
      ...(queue.before && { prev: link(query.view, { before: queue.before }) }),
      ...(queue.after && { next: link(query.view, { after: queue.after }) }),
    },
  }
}

/** A claim behind its mask, as rows of tables say it. */
export function rowWords(
  { claim, matter: its, household }: QueueClaim,
  t: Translate,
  lang: Language,
) {
  return {
    href: `/claims/${claim.id}`,
    number: claim.number,
    matter: its.content.title[lang],
    state: claim.state,
    filedAt: showMoment(claim.filed_at, lang, its.content.timeZone),
    verifiedAt: claim.verified_at && showMoment(claim.verified_at, lang, its.content.timeZone),
    language: t(claim.language === 'ko' ? 'common:korean' : 'common:english'),
    dueAt: claim.cure_due_at && showMoment(claim.cure_due_at, lang, its.content.timeZone),
    assignee: claim.assignee,
    flags: [
      ...(claim.duplicate_of ? [t('moderation:flag.similar')] : []),
      ...(claim.contradicted ? [t('moderation:flag.contradicted')] : []),
      ...(household > 1 ? [t('households:staff.flag', { count: household })] : []),
      ...(claim.incomplete ? [t('needs:queue.incomplete')] : []),
      ...(claim.mail_state && isStuck(claim.mail_state)
        ? [t(`moderation:mail.state.${claim.mail_state}`)]
        : []),
      ...(claim.notice_shared ? [t('notices:staff.flag')] : []),
    ],
    similar: claim.duplicate_of && `/claims/${claim.duplicate_of}`,
  }
}
