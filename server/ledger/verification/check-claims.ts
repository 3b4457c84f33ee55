import { isNewVersion } from '../append-entry'
import { stateFromEntries } from '../../claims/state-from-entries'
import type { Tx } from '../../db/connections'
import type { Finding } from './finding'
import { readJson } from '../read-json'
import * as store from './verification.store'

const pieceClaims = 2_000
/** Far more than ever wait at a time, unless the sequencer has stopped. */
const mostPending = 200_000
const before = '00000000-0000-0000-0000-000000000000'

/** States in which what the claimant sent has been destroyed. */
const emptied = ['expired', 'erased']

/**
 * Folds the entries of each claim and compares what they lead to with what the claim says: its state,
 * the hash of each version of what was sent, and of what was signed. Needs the entries to have been checked before.
 */
export async function checkClaims(
  tx: Tx,
  {
    report,
    onProgress,
  }: { report: (finding: Finding) => void; onProgress: (done: number) => void },
): Promise<void> {
  const waiting = new Map((await store.selectPending(tx, mostPending)).map((id, at) => [id, at]))
  let after = before
  let done = 0
  for (;;) {
    const claims = await store.selectClaims(tx, { after, limit: pieceClaims })
    if (claims.length === 0) return
    const ids = claims.map(({ id }) => id)
    const entries = groupBy(await store.selectClaimEntries(tx, ids))
    const records = groupBy(await store.selectRecordHashes(tx, ids))
    const packs = groupBy(await store.selectPackHashes(tx, ids))
    for (const claim of claims) {
      const own = (entries.get(claim.id) ?? []).sort(inOrderOf(waiting))
      checkState(claim, own, report)
      checkRecords(claim, own, records.get(claim.id) ?? [], report)
      checkPacks(claim, own, packs.get(claim.id) ?? [], report)
    }
    after = ids.at(-1)!
    done += claims.length
    onProgress(done)
  }
}

/** The order of the tree, then of the waiting list. */
function inOrderOf(waiting: Map<string, number>) {
  const place = ({ index, entry_id: id }: store.ClaimEntry): [number, number] =>
    index === null ? [Infinity, waiting.get(id) ?? Infinity] : [index, 0]
  return (a: store.ClaimEntry, b: store.ClaimEntry): number => {
    const [[placeA, seqA], [placeB, seqB]] = [place(a), place(b)]
    if (placeA !== placeB) return placeA < placeB ? -1 : 1
    return seqA === seqB ? 0 : seqA < seqB ? -1 : 1
  }
}

function groupBy<Row extends { claim_id: string }>(rows: Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.claim_id)
    if (group) group.push(row)
    else groups.set(row.claim_id, [row])
  }
  return groups
}

function checkState(
  { id, state }: store.CheckedClaim,
  entries: store.ClaimEntry[],
  report: (finding: Finding) => void,
): void {
  const expected = fold(entries.map(({ kind }) => kind))
  if (expected === state) return
  const detail = `it says ${state}, its entries ${expected ?? 'tell of no such claim'}`
  report({ kind: 'claim_state_changed', id: `claim ${id}`, detail })
}

function fold(kinds: string[]): string | null {
  try {
    return stateFromEntries(kinds)
  } catch {
    return 'contradict each other'
  }
}

/** The filing commits to version 1; each later version has an entry of its own that names its hash. */
function checkRecords(
  { id, state, version }: store.CheckedClaim,
  entries: store.ClaimEntry[],
  records: store.RecordHash[],
  report: (finding: Finding) => void,
): void {
  const expected = new Map<number, unknown>()
  for (const { kind, private: text } of entries) {
    const facts = readJson(text) ?? {}
    if (kind === 'claim.filed') expected.set(1, facts['record'])
    if (isNewVersion(kind)) expected.set(Number(facts['version']), facts['to'])
  }
  const found = new Map(records.map((one) => [one.version, one.sha256.toString('hex')]))
  if (emptied.includes(state)) expected.clear()
  else if (version !== expected.size) {
    const detail = `version ${version} of ${expected.size}`
    return report({ kind: 'claim_record_changed', id: `claim ${id}`, detail })
  }
  for (const one of new Set([...expected.keys(), ...found.keys()])) {
    if (expected.get(one) === found.get(one)) continue
    report({ kind: 'claim_record_changed', id: `claim ${id}`, detail: `version ${one}` })
  }
}

/** Each pack was signed with the filing or has an entry of its own; both name the hash of what is sealed. */
function checkPacks(
  { id }: store.CheckedClaim,
  entries: store.ClaimEntry[],
  packs: { id: string; sha256: Buffer }[],
  report: (finding: Finding) => void,
): void {
  const expected = new Map<string, unknown>()
  for (const { kind, private: text } of entries) {
    if (kind !== 'claim.filed' && kind !== 'authority.signed') continue
    const facts = readJson(text) ?? {}
    if (typeof facts['pack'] === 'string') expected.set(facts['pack'], facts['packRecord'])
  }
  const found = new Map(packs.map((one) => [one.id, one.sha256.toString('hex')]))
  for (const one of new Set([...expected.keys(), ...found.keys()])) {
    if (expected.get(one) === found.get(one)) continue
    report({ kind: 'claim_record_changed', id: `claim ${id}`, detail: `papers ${one}` })
  }
}
