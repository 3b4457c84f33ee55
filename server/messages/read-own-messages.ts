import type { Db } from '../db/connections'
import { listFirms } from '../firms/list-firms'
import type { Clock } from '../kernel/clock'
import type { Vault } from '../vault/vault'
import { messagesTable } from './add-message'
import * as store from './messages.store'

export interface OwnDeps {
  db: Db
  clock: Clock
  vault: Pick<Vault, 'beginOpening'>
  config: { limits: { threadMessages: number } }
}

/** Copy `messages`: what was written about a claim, for its claimant. All moments ISO, UTC. */
export interface MessagesCopy {
  /** oldest first */
  messages: OwnMessage[]
  /** a very long thread was cut */
  cut: boolean
}

export interface OwnMessage {
  id: string
  at: string
  desk: store.Desk
  /** the law firm that it was written to or from: another one does not read it */
  firm?: { id: string; name: { ko: string; en: string } }
  about: store.About
  /** null: the claimant's own; otherwise what the writer is, without their name */
  from: { role: string; firm: { ko: string; en: string } | null } | null
  /** null once it was destroyed */
  text: string | null
}

/**
 * What was written about these claims, for the copies of their claimants, and how many messages each has.
 * Reading them is one opening on the record; where nothing was written there is none.
 */
export async function readOwnMessages(
  { db, vault, config }: OwnDeps,
  claimIds: string[],
  by: { job: string; run: string },
): Promise<Map<string, { content: MessagesCopy; messages: number }>> {
  // Counted first: what comes in between is then shown though not counted, and the copy made once more.
  const counts = await store.countMessages(db, claimIds)
  const written = claimIds.filter((id) => counts.has(id))
  const empty = { content: { messages: [], cut: false }, messages: 0 }
  const found = new Map(claimIds.map((id) => [id, empty as Readable]))
  if (written.length === 0) return found
  const opening = await vault.beginOpening(written, {
    actor: { kind: 'job', ...by },
    purpose: 'own_messages',
  })
  const firms = new Map((await listFirms(db)).map(({ id, content }) => [id, content.name]))
  const most = config.limits.threadMessages
  for (const claimId of written) {
    const rows = await store.selectMessages(db, claimId, most + 1)
    const shown = rows.slice(-most)
    const texts = opening.readTexts({ table: messagesTable, claimId }, shown.filter(isThere))
    const messages = shown.map((row) => ({
      id: row.id,
      at: row.created_at.toISOString(),
      desk: row.desk,
      ...(row.desk_firm !== null && {
        firm: { id: row.desk_firm, name: firms.get(row.desk_firm)! },
      }),
      about: row.about,
      from:
        row.author === 'claimant'
          ? null
          : { role: row.role ?? 'unknown', firm: firms.get(row.firm_id ?? '') ?? null },
      text: texts.get(row.id) ?? null,
    }))
    const content = { messages, cut: rows.length > most }
    found.set(claimId, { content, messages: counts.get(claimId)! })
  }
  return found
}

type Readable = { content: MessagesCopy; messages: number }

/** Whether the key of a message still exists. */
export function isThere(
  row: store.MessageRow,
): row is store.MessageRow & { wrapped: NonNullable<store.MessageRow['wrapped']> } {
  return row.wrapped !== null
}
