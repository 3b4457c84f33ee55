import type { Db, Tx } from '../../db/connections'
import { checkpointFile } from '../checkpoint-file'
import { selectSize } from '../ledger.store'
import { emptyFrontier } from '../tree/merkle-root'
import { checkCheckpoints } from './check-checkpoints'
import { checkClaims } from './check-claims'
import { checkEntries } from './check-entries'
import { inOrder, type Finding } from './finding'
import * as store from './verification.store'

export interface VerifyDeps {
  /** as joinder_worker */
  db: Db
  /** path of the file with the signed checkpoints */
  checkpoints: string
  /** the keys that count, whatever the database says */
  publicKeys: Buffer[]
  onProgress?: (done: number, total: number) => void
}

export interface Verified {
  entries: number
  claims: number
  checkpoints: number
  /** in the order of the ledger: the first one names the first wrong entry */
  findings: Finding[]
  /** more is wrong than is listed */
  more: boolean
  /** what an operator should know though nothing is wrong */
  notes: string[]
}

const mostFindings = 20

/**
 * Checks the whole ledger as of one moment, in constant memory: hashes every entry again and rebuilds
 * tree, tiles, counts and commitments; holds the tree against every checkpoint, those in the database
 * and those in the file outside it; folds the entries of each claim and compares its state and the
 * hashes of what was sent.
 */
export async function verifyLedger(deps: VerifyDeps): Promise<Verified> {
  return deps.db.transaction(
    async (tx) => {
      await tx.raw('set local statement_timeout = 0')
      await tx.raw('set local jit = off')
      return verify(tx, deps)
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  )
}

async function verify(tx: Tx, deps: VerifyDeps): Promise<Verified> {
  const findings: Finding[] = []
  let more = false
  const report = (finding: Finding) => {
    if (findings.length < mostFindings) findings.push(finding)
    else more = true
  }
  await store.planFor(tx, 'pieces')
  const entries = await selectSize(tx)
  const claims = await store.countClaims(tx)
  const onProgress = (done: number) => deps.onProgress?.(done, entries + claims)

  const file = checkpointFile(deps.checkpoints)
  const signed = await checkCheckpoints(tx, { file, publicKeys: deps.publicKeys, report })
  await signed.atSize(emptyFrontier())
  await checkEntries(tx, entries, { report, onLeaf: signed.atSize, onProgress })
  const { checkpoints, notes } = await signed.end(entries)
  await store.planFor(tx, 'whole tables')
  for (const id of await store.selectUnplaced(tx, mostFindings)) {
    report({ kind: 'entry_unplaced', id })
  }
  for (const id of await store.selectMissingClaims(tx, mostFindings)) {
    report({ kind: 'claim_missing', id: `claim ${id}` })
  }
  await store.planFor(tx, 'pieces')
  await checkClaims(tx, { report, onProgress: (done) => onProgress(entries + done) })
  return { entries, claims, checkpoints, findings: inOrder(findings), more, notes }
}
