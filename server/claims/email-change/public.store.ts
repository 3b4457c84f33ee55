import type { Db, Tx } from '../../db/connections'
import type { ChangeFacts, Side } from './change-state'

/** What the public surface writes and reads of changes of address: how far one is, and no address. */

export interface ShownChange extends ChangeFacts {
  id: string
  claim_id: string
  created_at: Date
}

const columns = [
  'id',
  'claim_id',
  'origin',
  'created_at',
  'expires_at',
  'started_at',
  'confirmed_old_at',
  'confirmed_new_at',
  'hold_until',
  'approved_at',
  'applied_at',
  'stopped_at',
  'stopped_by',
] as const

/** The change whose mailed link has this hash, and which mailbox it was mailed to. */
export async function selectByToken(
  db: Db,
  tokenHash: Buffer,
): Promise<{ change: ShownChange; side: Side } | undefined> {
  const row = await db('email_changes')
    .where({ old_token_hash: tokenHash })
    .orWhere({ new_token_hash: tokenHash })
    .first<(ShownChange & { is_old: boolean }) | undefined>(
      ...columns,
      db.raw('coalesce(old_token_hash = ?, false) as is_old', [tokenHash]),
    )
  if (!row) return undefined
  const { is_old: isOld, ...change } = row
  return { change, side: isOld ? 'old' : 'new' }
}

/** The newest change of this claim that was begun. */
export async function selectNewest(db: Db, claimId: string): Promise<ShownChange | undefined> {
  return db('email_changes')
    .where({ claim_id: claimId })
    .whereNotNull('started_at')
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .first<ShownChange | undefined>(...columns)
}

export interface ClaimOfChange {
  id: string
  number: string
  matter_id: string
}

export async function selectClaim(
  db: Db,
  where: { id: string } | { number: string },
): Promise<ClaimOfChange | undefined> {
  return db('claims').where(where).first<ClaimOfChange | undefined>('id', 'number', 'matter_id')
}

export async function insertAnswer(
  tx: Tx,
  answer: {
    id: string
    act: 'confirm' | 'stop'
    claimId: string | null
    box: Buffer
    now: Date
  },
): Promise<void> {
  await tx('email_change_answers').insert({
    id: answer.id,
    act: answer.act,
    claim_id: answer.claimId,
    box: answer.box,
    created_at: answer.now,
  })
}

export interface ShownAnswer {
  act: 'confirm' | 'stop'
  created_at: Date
  /** null while the worker has not answered */
  outcome: 'confirmed' | 'stopped' | 'wrong' | 'over' | null
  change: ShownChange | null
}

export async function selectAnswer(db: Db, id: string): Promise<ShownAnswer | undefined> {
  const answer = await db('email_change_answers')
    .where({ id })
    .first<(Omit<ShownAnswer, 'change'> & { change_id: string | null }) | undefined>(
      'act',
      'created_at',
      'outcome',
      'change_id',
    )
  if (!answer) return undefined
  const { change_id: changeId, ...told } = answer
  const change =
    changeId === null
      ? undefined
      : await db('email_changes')
          .where({ id: changeId })
          .first<ShownChange | undefined>(...columns)
  return { ...told, change: change ?? null }
}
