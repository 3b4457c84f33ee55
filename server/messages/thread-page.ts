import type { Language, Translate } from '../web/languages'
import type { Person } from '../web/person'
import { showMoment } from '../web/show-moment'
import type { Matter } from '../matters/matter-file'
import { viewsFor, type ListedThread, type ThreadList, type ThreadQuery } from './list-threads'
import { tagWords } from './own-page'
import type { FoundThread, ShownMessage, ThreadRow } from './read-thread'
import { mayWrite } from './read-thread'

/** The list of threads in words. */
export function threadListWords(
  list: ThreadList,
  query: ThreadQuery,
  person: Person,
  t: Translate,
  lang: Language,
) {
  const link = (view: string, after?: string) => {
    const asked = new URLSearchParams({
      ...(view !== 'waiting' && { view }),
      ...(list.matter && { matter: list.matter.slug }),
      ...(after && { after }),
    }).toString()
    return `/messages${asked && `?${asked}`}`
  }
  return {
    view: query.view,
    views: viewsFor(person).map((view) => ({
      href: link(view),
      text: t(`messages:list.view.${view}`),
      current: view === query.view,
    })),
    matter: list.matter?.slug ?? '',
    matters: list.matters.map(({ slug, content }) => ({ value: slug, text: content.title[lang] })),
    rows: list.threads.map((thread) => ({
      number: thread.number,
      // Where others answer there is nothing to do but to know.
      href: query.view === 'firms' ? null : threadPath(thread.claim_id),
      matter: thread.matter.content.title[lang],
      firm: firmWords(thread.firm, t, lang),
      ...threadFacts(thread, thread.matter, t, lang),
    })),
    pages: {
      ...(query.after && { prev: link(query.view) }),
      ...(list.next && { next: link(query.view, list.next) }),
    },
  }
}

function firmWords(firm: ListedThread['firm'], t: Translate, lang: Language): string {
  if (!firm) return ''
  return firm.left ? t('messages:list.left', { firm: firm.name[lang] }) : firm.name[lang]
}

export function threadPath(claimId: string): string {
  return `/messages/${claimId}`
}

/** How far a thread is, without a word of what it says. */
export function threadFacts(
  { count, last_at: lastAt, waiting_since: waiting }: ThreadRow,
  matter: Matter,
  t: Translate,
  lang: Language,
) {
  const at = (moment: Date) => showMoment(moment, lang, matter.content.timeZone)
  return {
    count: t('messages:count', { count }),
    lastAt: at(lastAt),
    waiting: waiting && at(waiting),
  }
}

/** The page of one thread; `messages` only on the page that answers an opening. */
export function threadWords(
  { claim, matter, thread }: FoundThread,
  messages: ShownMessage[] | null,
  person: Person,
  t: Translate,
  lang: Language,
) {
  const href = threadPath(claim.id)
  return {
    href,
    number: claim.number,
    matter: matter.content.title[lang],
    // The claim's own page is not for counsel.
    claim: person.role === 'counsel' ? null : `/claims/${claim.id}`,
    language: t(claim.language === 'ko' ? 'common:korean' : 'common:english'),
    facts: thread && threadFacts(thread, matter, t, lang),
    seen: thread?.last_id ?? '',
    mayWrite: mayWrite(claim.state),
    messages: messages && messageWords(messages, matter, t, lang),
  }
}

/** Messages as staff read them, with names. */
export function messageWords(
  messages: ShownMessage[],
  matter: Matter,
  t: Translate,
  lang: Language,
) {
  return messages.map(({ from, about, at, text }) => ({
    own: from !== null,
    who: from
      ? [from.name, from.firm?.[lang] ?? t(`accounts:role.${from.role}`)].join(' · ')
      : t('messages:claimant'),
    tag: tagWords(about, t),
    when: showMoment(at, lang, matter.content.timeZone),
    datetime: at.toISOString(),
    text,
  }))
}
