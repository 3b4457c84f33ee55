import type { Db, Tx } from '../../db/connections'
import type { SealedText } from '../../vault/vault'

/** The tables email_change_texts and email_change_keys. */

export type TextKind = 'old' | 'new' | 'note'

export interface TextRow extends SealedText {
  id: string
  kind: TextKind
}

export async function insertText(
  tx: Tx,
  text: { id: string; changeId: string; kind: TextKind },
  sealed: SealedText,
): Promise<void> {
  await tx('email_change_texts').insert({
    id: text.id,
    change_id: text.changeId,
    kind: text.kind,
    ciphertext: sealed.ciphertext,
    sha256: sealed.sha256,
  })
  await tx('email_change_keys').insert({ text_id: text.id, wrapped: sealed.wrapped })
}

export async function selectTexts(
  db: Db | Tx,
  changeId: string,
  kinds: readonly TextKind[],
): Promise<TextRow[]> {
  return db('email_change_texts as t')
    .join('email_change_keys as k', 'k.text_id', 't.id')
    .where('t.change_id', changeId)
    .whereIn('t.kind', kinds)
    .select<TextRow[]>('t.id', 't.kind', 't.ciphertext', 't.sha256', 'k.wrapped')
}

/** Their keys go with them. */
export async function deleteTexts(
  tx: Tx,
  changeId: string,
  kinds: readonly TextKind[],
): Promise<void> {
  await tx('email_change_texts').where({ change_id: changeId }).whereIn('kind', kinds).delete()
}
