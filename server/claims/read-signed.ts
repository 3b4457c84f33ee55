import { newestOwn } from '../authority/waiting-pack'
import type { PackCore } from '../authority/pack-content'
import type { Db } from '../db/connections'
import type { WorkerVault } from '../vault/vault'
import { hasPack } from './worker.store'

/** What was signed with a claim, to be shown under a new link; nothing is opened where nothing was. */
export async function readSigned(
  { db, vault }: { db: Db; vault: WorkerVault },
  claimId: string,
  by: { job: string; run: string },
): Promise<PackCore | null> {
  if (!(await hasPack(db, claimId))) return null
  const opening = await vault.beginOpening([claimId], {
    actor: { kind: 'job', ...by },
    purpose: 'signing',
  })
  return newestOwn(await opening.readPacks([claimId]))
}
