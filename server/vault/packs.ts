import { createHash, randomBytes } from 'node:crypto'
import type { Db, Tx } from '../db/connections'
import { Problem } from '../kernel/problem'
import { decrypt, encrypt } from './cipher'
import { encryptPack, packPlace, type SignedPack } from './sealer'

/** What was signed for a claim, and the papers made of it: each under a data key of its own. */

export interface OpenedPack {
  packId: string
  claimId: string
  content: Record<string, unknown>
}

interface StoredPack {
  pack_id: string
  claim_id: string
  ciphertext: Buffer
  sha256: Buffer
  wrapped_by: 'intake' | 'vault'
  wrapped: Buffer
}

function wrapPlace(claimId: string, packId: string, field: 'content' | 'paper') {
  return { table: 'pack_keys', claim: claimId, field: `${field} ${packId}`, version: 1 }
}

/** Packs of these claims, oldest first; those that were destroyed are left out. */
async function load(tx: Db | Tx, claimIds: string[]): Promise<StoredPack[]> {
  const found = await tx.raw<{ rows: StoredPack[] }>(
    `select p.id as pack_id, p.claim_id, p.ciphertext, p.sha256, k.wrapped_by, k.wrapped
     from authority_packs p
     join pack_keys k on k.pack_id = p.id and k.field = 'content'
     where p.claim_id = any(?::uuid[]) and p.ciphertext is not null
     order by p.signed_at, p.id`,
    [claimIds],
  )
  return found.rows
}

/**
 * Opens the packs of claims whose opening was recorded. Those that have just arrived are wrapped under the
 * vault key; `openIntake` reads their boxes.
 */
export async function openPacks(
  db: Db | Tx,
  vaultKey: Buffer,
  claimIds: string[],
  openIntake: (box: Buffer, packId: string) => Buffer,
): Promise<OpenedPack[]> {
  const opened: OpenedPack[] = []
  for (const row of await load(db, claimIds)) {
    const { pack_id: packId, claim_id: claimId } = row
    const hash = createHash('sha256').update(row.ciphertext).digest()
    if (!hash.equals(row.sha256)) throw new Error('A signed pack does not match its hash.')
    const place = wrapPlace(claimId, packId, 'content')
    const dataKey =
      row.wrapped_by === 'vault'
        ? decrypt(vaultKey, place, row.wrapped)
        : openIntake(row.wrapped, packId)
    const text = decrypt(dataKey, packPlace(claimId, packId, 'content'), row.ciphertext)
    if (row.wrapped_by === 'intake') {
      await db('pack_keys')
        .where({ pack_id: packId, field: 'content', wrapped_by: 'intake' })
        .update({ wrapped_by: 'vault', wrapped: encrypt(vaultKey, place, dataKey) })
    }
    dataKey.fill(0)
    opened.push({
      packId,
      claimId,
      content: JSON.parse(text.toString('utf8')) as OpenedPack['content'],
    })
  }
  return opened
}

/** A pack sealed by the worker itself, under the vault key from the start. */
export function sealPackForVault(vaultKey: Buffer, pack: SignedPack) {
  const { dataKey, ciphertext, sha256 } = encryptPack(pack)
  const wrapped = encrypt(vaultKey, wrapPlace(pack.claimId, pack.packId, 'content'), dataKey)
  dataKey.fill(0)
  return { ciphertext, sha256, wrapped }
}

/** A finished paper under a fresh data key. */
export function sealPaper(vaultKey: Buffer, claimId: string, packId: string, pdf: Buffer) {
  const dataKey = randomBytes(32)
  const ciphertext = encrypt(dataKey, packPlace(claimId, packId, 'paper'), pdf)
  const wrapped = encrypt(vaultKey, wrapPlace(claimId, packId, 'paper'), dataKey)
  dataKey.fill(0)
  return { ciphertext, wrapped, sha256: createHash('sha256').update(pdf).digest() }
}

/**
 * Opens one paper of a claim whose opening was recorded.
 * @throws Problem('not_found') when there is none, or the reader may not see it
 */
export async function openPaper(
  tx: Db | Tx,
  vaultKey: Buffer,
  claimId: string,
  packId: string,
): Promise<Buffer> {
  const found = await tx.raw<{ rows: { ciphertext: Buffer; sha256: Buffer; wrapped: Buffer }[] }>(
    `select r.ciphertext, r.sha256, k.wrapped
     from authority_packs p join papers r on r.pack_id = p.id
     join pack_keys k on k.pack_id = p.id and k.field = 'paper'
     where p.id = ? and p.claim_id = ?`,
    [packId, claimId],
  )
  const [row] = found.rows
  if (!row) throw new Problem('not_found')
  const dataKey = decrypt(vaultKey, wrapPlace(claimId, packId, 'paper'), row.wrapped)
  const pdf = decrypt(dataKey, packPlace(claimId, packId, 'paper'), row.ciphertext)
  dataKey.fill(0)
  const hash = createHash('sha256').update(pdf).digest()
  if (!hash.equals(row.sha256)) throw new Error('A paper does not match its hash.')
  return pdf
}
