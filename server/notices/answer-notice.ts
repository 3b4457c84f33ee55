import { z } from 'zod'
import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import { sealNoticeAnswer, type Notice, type NoticeVault } from '../vault/notices'
import type { WorkerVault } from '../vault/vault'
import type { NoticeAnswer } from './ask-notice'
import * as store from './notices.store'

export interface AnswerNoticeDeps {
  db: Db
  clock: Clock
  vault: Pick<WorkerVault, 'openFromWorkerBox'>
  notices: NoticeVault
  config: { limits: { noticeGuesses: number; noticeGuessesOfMatter: number } }
}

const hourMs = 60 * 60 * 1000

const typedNotice = z.object({ id: z.string(), pin: z.string() })

/**
 * Answers whether an ID and a PIN belong to a notice, sealed to the browser that asked. An ID that is not
 * in the list and a wrong PIN are one answer, of one length, after the same work. Guesses are counted here,
 * by ID and by matter, whoever asked and from wherever: past the number nothing is looked up for an hour,
 * and a right PIN hears the same. Harmless to repeat.
 */
export async function answerNotice(deps: AnswerNoticeDeps, checkId: string): Promise<void> {
  const { db, clock, vault, notices } = deps
  await db.transaction(async (tx) => {
    const check = await store.lockCheck(tx, checkId)
    const now = clock.now()
    // An expired one is deleted by the next sweep.
    if (!check || check.expires_at <= now) return
    const typed = typedNotice.parse(
      JSON.parse(vault.openFromWorkerBox('notice_check', checkId, check.box)),
    )
    const notice: Notice = { matterId: check.matter_id, ...typed }
    const tried = notices.guessIndex(notice)
    await store.lockGuesses(tx, tried)
    const answer = await lookUp(deps, tx, now, notice, tried)
    await store.markAnswered(tx, checkId, {
      answered_at: now,
      answer: sealNoticeAnswer(check.public_key, checkId, answer),
      tried,
      outcome: answer.outcome,
    })
    await appendEntry(tx, now, {
      kind: 'notice.answered',
      private: { check: checkId, matter: notice.matterId, outcome: answer.outcome },
    })
  })
}

async function lookUp(
  { notices, config }: AnswerNoticeDeps,
  tx: Tx,
  now: Date,
  notice: Notice,
  tried: Buffer,
): Promise<NoticeAnswer> {
  const { noticeGuesses, noticeGuessesOfMatter } = config.limits
  const { matterId, id } = notice
  const since = new Date(now.getTime() - hourMs)
  const ofId = await store.countWrong(tx, { matterId, tried }, since, noticeGuesses)
  const ofMatter = await store.countWrong(tx, { matterId }, since, noticeGuessesOfMatter)
  if (ofId >= noticeGuesses || ofMatter >= noticeGuessesOfMatter) return { outcome: 'braked' }
  const found = await store.selectNotice(tx, matterId, {
    idIndex: notices.idIndex(notice),
    proof: notices.proof(notice),
  })
  if (!found) return { outcome: 'wrong' }
  const filling = found.box ? notices.openFilling(notice, found.box) : {}
  return {
    outcome: 'right',
    id,
    ticket: notices.ticket(notice),
    filling: filling as Extract<NoticeAnswer, { outcome: 'right' }>['filling'],
  }
}
