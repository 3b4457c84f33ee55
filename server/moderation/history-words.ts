import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import type { HistoryEntry, ShownClaim } from './show-claim'

const tones: Partial<Record<HistoryEntry['kind'], 'ok' | 'bad' | 'warn'>> = {
  'claim.accepted': 'ok',
  'claim.rejected': 'bad',
  'claim.mail_bounced': 'warn',
  'opening.refused': 'warn',
}

/** The entries of a claim, newest first, as the timeline partial takes them; what jobs opened stands apart. */
export function historyWords({ history, matter }: ShownClaim, t: Translate, lang: Language) {
  const words = (entry: HistoryEntry) => {
    const tone = tones[entry.kind]
    return {
      title: t(`moderation:history.${entry.kind}`),
      when: showMoment(entry.at, lang, matter.content.timeZone),
      datetime: entry.at.toISOString(),
      text: detailOf(entry, t),
      ...(tone && { tone }),
    }
  }
  const byJob = ({ facts }: HistoryEntry) => typeof facts['job'] === 'string'
  return {
    entries: history.filter((entry) => !byJob(entry)).map(words),
    byJobs: history.filter(byJob).map(words),
  }
}

/** Who, and why: "정민호 · 신청 검토". */
function detailOf({ kind, person, from, facts }: HistoryEntry, t: Translate): string {
  const word = (name: string, key: string) => {
    const value = facts[name]
    return typeof value === 'string' ? t(`moderation:${key}.${value}`) : null
  }
  const job = word('job', 'job')
  const parts = [
    job ?? person,
    job && person ? t('moderation:askedBy', { person }) : null,
    from ? t('moderation:takenFrom', { person: from }) : null,
    job ? null : word('purpose', 'purpose'),
    kind === 'evidence.destroyed'
      ? t(`evidence:staffReason.${String(facts['reason'])}`)
      : facts['purpose'] === 'search'
        ? t(`search:reason.${String(facts['reason'])}`)
        : word('reason', 'reason'),
    word('template', 'mail.template'),
  ]
  return parts.filter((part) => part !== null).join(' · ')
}
