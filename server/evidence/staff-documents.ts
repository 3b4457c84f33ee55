import { needsTwo, type Acted } from '../approvals/request-approval'
import { NotAsApproved, type ApprovalHandlers } from '../approvals/settle-approval'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { whyNotOpen } from '../moderation/open-claim'
import type { DocumentOpening, Vault } from '../vault/vault'
import { isHeld } from '../privacy/is-held'
import type { Person } from '../web/person'
import { destroyDocument } from './destroy-document'
import type { DocumentAbout, DocumentType, StaffReason } from './document'
import * as store from './staff.store'
import { StorageMissing, type Storage } from './storage/storage'

export type { StaffDocument } from './staff.store'

export interface StaffDeps {
  db: Db
  clock: Clock
  vault: Vault
  storage: Storage
}

/** The documents of a claim behind their masks: what kind, when, how large, and no name. */
export async function listDocuments(
  db: Db,
  person: Person,
  claimId: string,
): Promise<store.StaffDocument[]> {
  return asActor(db, person.id, (tx) => store.selectStaffDocuments(tx, { claimId }))
}

/** Their names, read under an opening that has been recorded. */
export async function readNames(
  opening: DocumentOpening,
  claimId: string,
): Promise<Map<string, DocumentAbout>> {
  return (await opening.documents(claimId)) as Map<string, DocumentAbout>
}

/**
 * One of them with its claim.
 * @throws Problem('not_found')
 */
export async function findDocument(
  db: Db,
  person: Person,
  { claimId, id }: { claimId: string; id: string },
): Promise<{ claim: store.ClaimOfDocument; document: store.StaffDocument }> {
  if (!isId(claimId) || !isId(id)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const claim = await store.selectClaim(tx, claimId)
    const [document] = await store.selectStaffDocuments(tx, { claimId, id })
    if (!claim || !document) throw new Problem('not_found')
    return { claim, document }
  })
}

/**
 * A page of what is shown of a document, under the opening that its reader recorded when they opened the
 * claim: so the images of one page are one act of reading, and none is decrypted without it.
 * @throws Problem('not_found') when the opening is not theirs, not of this claim, or has run out
 */
export async function readView(
  { db, vault, storage }: StaffDeps,
  person: Person,
  asked: { claimId: string; id: string; openingId: string; page: number },
): Promise<{ bytes: Buffer; type: DocumentType }> {
  const { claimId, id, openingId, page } = asked
  if (!isId(openingId)) throw new Problem('not_found')
  const { document } = await findDocument(db, person, { claimId, id })
  const opening = await vault.resumeOpening(openingId, claimId, person.id)
  const ciphertext = await fileOf({ db, storage }, person, { claimId, id, part: 'view', page })
  const bytes = await opening.part({ id, claimId }, 'view', page, ciphertext)
  return { bytes, type: document.type }
}

/**
 * The original, byte for byte as it was received: leaves for the reader's device, so it is an opening of
 * its own.
 * @throws Problem('not_found' | 'gone' | 'conflict' | 'budget_exceeded')
 */
export async function readOriginal(
  { db, vault, storage }: StaffDeps,
  person: Person,
  { claimId, id }: { claimId: string; id: string },
): Promise<{ bytes: Buffer; name: string }> {
  const { claim } = await findDocument(db, person, { claimId, id })
  if (whyNotOpen(claim) !== null) throw new Problem('conflict', { claim: claimId })
  const ciphertext = await fileOf({ db, storage }, person, {
    claimId,
    id,
    part: 'original',
    page: 1,
  })
  const opening = await vault.beginOpening([claimId], {
    actor: { kind: 'person', personId: person.id },
    purpose: 'document_download',
  })
  const bytes = await opening.part({ id, claimId }, 'original', 1, ciphertext)
  return { bytes, name: (await readNames(opening, claimId)).get(id)!.name }
}

/** A file as it stands in the store. @throws Problem('not_found'); Problem('gone') when the store has lost it */
async function fileOf(
  { db, storage }: Pick<StaffDeps, 'db' | 'storage'>,
  person: Person,
  of: { claimId: string; id: string; part: 'original' | 'view'; page: number },
): Promise<Buffer> {
  const file = await asActor(db, person.id, (tx) => store.selectFile(tx, of))
  if (file === undefined) throw new Problem('not_found')
  try {
    return await storage.get(file)
  } catch (error) {
    throw error instanceof StorageMissing ? new Problem('gone', { evidence: of.id }) : error
  }
}

/**
 * Destroys one document for a reason that its claimant is told. Whoever destroyed documents of `erasuresAlone`
 * other claims within the hour needs another person and `why` for the next. `held`: a legal hold keeps it.
 * @throws Problem('not_found')
 */
export async function destroyByStaff(
  {
    db,
    clock,
    config,
  }: Pick<StaffDeps, 'db' | 'clock'> & {
    config: { limits: { approvalHours: number; erasuresAlone: number } }
  },
  person: Person,
  document: { claimId: string; id: string },
  given: { reason: StaffReason; why?: string | undefined },
): Promise<Acted | { outcome: 'held' }> {
  const { claim } = await findDocument(db, person, document)
  const { claimId, id } = document
  return asActor(db, person.id, async (tx): Promise<Acted | { outcome: 'held' }> => {
    if (await isHeld(tx, claimId)) return { outcome: 'held' }
    const now = clock.now()
    const { approvalHours, erasuresAlone } = config.limits
    await store.lockDestroying(tx, person.id)
    const since = new Date(now.getTime() - 3600_000)
    if ((await store.countClaimsDestroyedIn(tx, person.id, since, claimId)) >= erasuresAlone) {
      const params = { document: id, claim: claimId, number: claim.number, why: given.reason }
      const wish = { kind: 'destroy', object: id, params, reason: given.why } as const
      return needsTwo(tx, { now, approvalHours, by: person.id }, wish)
    }
    await destroyDocument(tx, now, document, { reason: given.reason, person: person.id })
    return { outcome: 'done' }
  })
}

/** A document of one more claim destroyed after many, once two people agreed. */
export const destroyHandlers: Pick<ApprovalHandlers, 'destroy'> = {
  destroy: {
    carryOut: async (tx, { document: id, claim: claimId, why: reason }, { by, now }) => {
      if (await isHeld(tx, claimId)) throw new NotAsApproved()
      if (!(await destroyDocument(tx, now, { id, claimId }, { reason, person: by }))) {
        throw new NotAsApproved()
      }
    },
  },
}
