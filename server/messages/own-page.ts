import { momentIn, ownClaimPath } from '../claims/access/own-pages'
import type { Matter } from '../matters/matter-file'
import type { Language, Translate } from '../web/languages'
import type { MessagesCopy, OwnMessage } from './read-own-messages'

const roles = ['administrator', 'moderator', 'counsel']

export function ownMessagesPath(number: string): string {
  return `${ownClaimPath(number)}/messages`
}

/** The messages of a claim on its page: how many there are, and when somebody last wrote. */
export function messagesCard(
  copy: MessagesCopy | null,
  { number, matter }: { number: string; matter: Matter | null },
  t: Translate,
  lang: Language,
) {
  const last = copy?.messages.at(-1)
  return {
    href: ownMessagesPath(number),
    text: last
      ? t(last.from ? 'messages:card.answered' : 'messages:card.asked', {
          at: momentIn(matter, last.at, lang),
        })
      : t('messages:card.none'),
    link: t(last ? 'messages:card.read' : 'messages:card.ask'),
  }
}

/** The whole thread in words, oldest first. */
export function ownMessagesWords(
  { messages, cut }: MessagesCopy,
  matter: Matter | null,
  t: Translate,
  lang: Language,
) {
  return {
    cut,
    messages: messages.map((one) => ({
      own: one.from === null,
      who: whoWords(one, matter, t, lang),
      tag: tagWords(one.about, t),
      when: momentIn(matter, one.at, lang),
      datetime: one.at,
      text: one.text,
    })),
  }
}

/**
 * What became of a question to a law firm that the case has not got any more: nobody will answer it. Null where
 * the firm has answered last, or is still there.
 */
export function unheardWords(
  { messages }: MessagesCopy,
  matter: Matter | null,
  t: Translate,
  lang: Language,
): string | null {
  const last = messages.findLast(({ desk }) => desk === 'counsel')
  if (!matter || !last?.firm || last.from !== null || last.firm.id === matter.firm.id) return null
  return t('messages:own.unheard', {
    before: last.firm.name[lang],
    firm: matter.firm.content.name[lang],
  })
}

/** By role and firm, never by name. */
function whoWords(
  { from, desk, firm }: OwnMessage,
  matter: Matter | null,
  t: Translate,
  lang: Language,
): string {
  if (from === null) {
    return t('messages:youTo', { desk: firm?.name[lang] ?? deskWords(desk, matter, t, lang) })
  }
  const role = t(`status:role.${roles.includes(from.role) ? from.role : 'unknown'}`)
  return from.firm ? t('status:looked.roleOf', { firm: from.firm[lang], role }) : role
}

export function deskWords(
  desk: 'moderators' | 'counsel',
  matter: Matter | null,
  t: Translate,
  lang: Language,
): string {
  if (desk === 'moderators') return t('messages:desk.moderators')
  return matter?.firm.content.name[lang] ?? t('status:theFirm')
}

/** What a message is, where that is more than a question or its answer. */
export function tagWords(about: OwnMessage['about'], t: Translate) {
  if (about === 'question' || about === 'answer') return null
  return { text: t(`messages:about.${about}`), tone: 'info' as const }
}
