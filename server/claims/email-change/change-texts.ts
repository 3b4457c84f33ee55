import { z } from 'zod'
import type { Db, Tx } from '../../db/connections'
import { newId } from '../../kernel/ids'
import type { Vault } from '../../vault/vault'
import * as store from './texts.store'

/** The name of the table, to which its texts are bound. */
const table = 'email_change_texts'

export type TextKind = store.TextKind

/** What a text is stands inside it too: whoever swaps the two addresses in the database swaps nothing. */
const boxed = z.strictObject({ kind: z.string(), text: z.string() })

/**
 * Seals an address of a change, or what was noted about it, in the caller's transaction.
 * @returns SHA-256 of the ciphertext, hex, for the entry that records it
 */
export async function addText(
  tx: Tx,
  { vault }: { vault: Pick<Vault, 'sealText'> },
  change: { id: string; claimId: string },
  { kind, text }: { kind: TextKind; text: string },
): Promise<string> {
  const id = newId()
  const place = { table, claimId: change.claimId, id }
  const sealed = vault.sealText(place, JSON.stringify({ kind, text }))
  await store.insertText(tx, { id, changeId: change.id, kind }, sealed)
  return sealed.sha256.toString('hex')
}

/**
 * Opens what is sealed of a change, on the record as an opening of its claim. `rows` reads them as whoever
 * asks may.
 * @throws Problem('not_found' | 'budget_exceeded'); Error when a text was changed or moved
 */
export async function openTexts(
  { vault }: { vault: Pick<Vault, 'openTexts'> },
  claimId: string,
  rows: store.TextRow[],
  by: Parameters<Vault['openTexts']>[2],
): Promise<Partial<Record<TextKind, string>>> {
  if (rows.length === 0) return {}
  const opened = await vault.openTexts({ table, claimId }, rows, by)
  const found: Partial<Record<TextKind, string>> = {}
  for (const { id, kind } of rows) {
    const { kind: inside, text } = boxed.parse(JSON.parse(opened.get(id)!))
    if (inside !== kind) throw new Error('A sealed text stands where another belongs.')
    found[kind] = text
  }
  return found
}

/** Both addresses of a change, opened by a job; undefined once they are gone. */
export async function openAddresses(
  deps: { db: Db; vault: Pick<Vault, 'openTexts'> },
  change: { id: string; claim_id: string },
  job: { job: string; run: string; purpose: 'mail' | 'email_change' },
): Promise<{ old?: string; new?: string }> {
  const rows = await store.selectTexts(deps.db, change.id, ['old', 'new'])
  return openTexts(deps, change.claim_id, rows, {
    actor: { kind: 'job', job: job.job, run: job.run },
    purpose: job.purpose,
  })
}
