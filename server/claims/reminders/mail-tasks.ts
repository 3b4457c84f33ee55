import type { Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { countMailsSince } from '../../mail/count-mails'
import { queueMail } from '../../mail/queue-mail'
import { once } from '../../outbox/effects'
import { allowsChange } from '../changes/change-kinds'
import { lockClaim } from '../worker.store'

const dayMs = 24 * 60 * 60 * 1000

/**
 * Mails new links to what a claim lacks, because somebody held an old one: to the address on the claim, and only
 * so often, whoever asks. What the mail lists is looked up when it is written.
 */
export async function mailTasks(
  { db, clock, config }: { db: Db; clock: Clock; config: { limits: { taskMailsPerDay: number } } },
  claimId: string,
  run: string,
): Promise<void> {
  const now = clock.now()
  await db.transaction((tx) =>
    once(tx, `mail-tasks:${run}`, async () => {
      const claim = await lockClaim(tx, claimId)
      if (!claim || !allowsChange(claim.state, 'answer_need')) return
      const about = { claimId, template: 'task-links' } as const
      const since = new Date(now.getTime() - dayMs)
      if ((await countMailsSince(tx, about, since)) >= config.limits.taskMailsPerDay) return
      await queueMail(tx, { ...about, language: claim.language, at: now })
    }),
  )
}
