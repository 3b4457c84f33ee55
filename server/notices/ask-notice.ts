import { z } from 'zod'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import type { Matter } from '../matters/matter-file'
import { addIntent } from '../outbox/add-intent'
import { newNoticeSecret, openNoticeAnswer } from '../vault/notices'
import type { Sealer } from '../vault/sealer'
import { insertCheck, selectAnswer, selectList } from './notices.store'
import { fillingRoles } from './notice-shape'

/** A check as the browser that asked for it keeps it, in its draft. */
export interface NoticeCheck {
  id: string
  /** opens the answer */
  secret: string
}

/** What the worker found; sealed to the browser that asked. */
export const noticeAnswer = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('right'),
    /** normalised */
    id: z.string(),
    /** handed in with the claim */
    ticket: z.string(),
    /** what the list says of the person, by role of the question; empty where the PIN is short */
    filling: z.partialRecord(z.enum(fillingRoles), z.unknown()),
  }),
  z.object({ outcome: z.literal('wrong') }),
  z.object({ outcome: z.literal('braked') }),
])
export type NoticeAnswer = z.infer<typeof noticeAnswer>

const hourMs = 60 * 60 * 1000

/** Whether a matter takes notice IDs: its file says so, and there is a list. */
export async function takesNotices(db: Db, { id, content }: Matter): Promise<boolean> {
  if (!content.notices?.open) return false
  return ((await selectList(db, id))?.ids ?? 0) > 0
}

/**
 * Asks the worker whether an ID and a PIN belong to a notice of a matter; it answers within a second or two.
 * Nothing is looked up here, so a public surface that was taken over can guess only as fast as the worker
 * lets it. Each try has a key of its own.
 */
export async function askNotice(
  deps: {
    db: Db
    clock: Clock
    sealer: Sealer
    config: { limits: { noticeCheckHours: number } }
  },
  matter: Matter,
  typed: { id: string; pin: string },
): Promise<NoticeCheck> {
  const now = deps.clock.now()
  const id = newId(now.getTime())
  const { secret, publicKey } = newNoticeSecret()
  await deps.db.transaction(async (tx) => {
    await insertCheck(tx, {
      id,
      matter_id: matter.id,
      public_key: publicKey,
      box: deps.sealer.sealToWorker('notice_check', id, JSON.stringify(typed)),
      created_at: now,
      expires_at: new Date(now.getTime() + deps.config.limits.noticeCheckHours * hourMs),
    })
    await appendEntry(tx, now, { kind: 'notice.asked', private: { check: id, matter: matter.id } })
    await addIntent(tx, 'check-notice', { checkId: id })
  })
  return { id, secret }
}

export type FoundAnswer = NoticeAnswer | { outcome: 'waiting'; since: Date } | { outcome: 'gone' }

/** What came of a check; `gone` once it has expired. */
export async function findNoticeAnswer(
  { db, clock }: { db: Db; clock: Clock },
  matter: Matter,
  { id, secret }: NoticeCheck,
): Promise<FoundAnswer> {
  const check = await selectAnswer(db, { id, matterId: matter.id }, clock.now())
  if (!check) return { outcome: 'gone' }
  if (!check.answer) return { outcome: 'waiting', since: check.created_at }
  return noticeAnswer.parse(openNoticeAnswer(secret, id, check.answer))
}
