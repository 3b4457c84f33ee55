import type { Clock } from '../../kernel/clock'
import type { Matter } from '../../matters/matter-file'
import type { Translate } from '../../web/languages'
import { mayAppeal } from '../changes/appeal'
import { allowsChange, isChangeKind, type ChangeKind } from '../changes/change-kinds'
import { mayReplace } from '../changes/replace-answers'
import type { LiveClaim } from './access.store'
import { ownClaimPath } from './own-pages'

/** The pages of a claim that change something, in the order in which they are offered. */
const pages: { kind: ChangeKind; path: string }[] = [
  { kind: 'appeal', path: 'appeal' },
  { kind: 'replace_answers', path: 'answers' },
  { kind: 'change_email', path: 'email' },
  { kind: 'consent', path: 'consents' },
  { kind: 'data_copy', path: 'data' },
  { kind: 'withdraw', path: 'withdraw' },
]

/** What a person can change of their claim as it stands: links for its page. */
export function changesOf(
  live: LiveClaim,
  matter: Matter | null,
  { clock, config }: { clock: Clock; config: { limits: { appealDays: number } } },
  t: Translate,
): { href: string; text: string }[] {
  const now = clock.now()
  const offered = pages.filter(({ kind }) => {
    if (!allowsChange(live.state, kind)) return false
    if (kind === 'appeal') return mayAppeal(live.decided_at, now, config.limits)
    if (kind === 'replace_answers') return matter !== null && mayReplace(matter, live.state, now)
    return true
  })
  return offered.map(({ kind, path }) => ({
    href: `${ownClaimPath(live.number)}/${path}`,
    text: t(`changes:todo.${kind}`),
  }))
}

/** What the page says first after a change was made, or could not be asked for. */
export function noticeOf(
  { done, closed }: { done?: unknown; closed?: unknown },
  t: Translate,
): { tone: 'ok' | 'warn'; text: string } | null {
  if (typeof done === 'string' && isChangeKind(done)) {
    return { tone: 'ok', text: t(`changes:done.${done}`) }
  }
  if (typeof closed === 'string' && isChangeKind(closed)) {
    return { tone: 'warn', text: t(`changes:closed.${closed}`) }
  }
  return null
}
