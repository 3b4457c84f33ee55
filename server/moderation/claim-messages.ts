import { mayWrite, type ShownMessage, type ThreadRow } from '../messages/read-thread'
import { messageWords, threadFacts, threadPath } from '../messages/thread-page'
import type { Language, Translate } from '../web/languages'
import type { ShownClaim } from './show-claim'

/** The messages about a claim in words: how many and how old, and what they say once the claim was opened. */
export function claimMessageWords(
  { claim, matter }: ShownClaim,
  threads: ThreadRow[],
  messages: ShownMessage[] | null,
  t: Translate,
  lang: Language,
) {
  return {
    href: mayWrite(claim.state) ? threadPath(claim.id) : null,
    link: t(
      threads.some(({ desk }) => desk === 'moderators')
        ? 'moderation:messages.write'
        : 'moderation:messages.start',
    ),
    threads: threads.map((thread) => {
      const { count, lastAt, waiting } = threadFacts(thread, matter, t, lang)
      const firm = thread.desk === 'counsel'
      return {
        title: t(firm ? 'moderation:messages.withFirm' : 'moderation:messages.withUs'),
        text: t('moderation:messages.last', { count, at: lastAt }),
        waiting: waiting && t('moderation:messages.waits', { at: waiting }),
        note: firm ? t('moderation:messages.firmOnly') : null,
      }
    }),
    opened: messages && messageWords(messages, matter, t, lang),
  }
}
