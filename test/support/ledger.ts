import { sequenceEntries } from '../../server/ledger/sequence-entries'
import { createLedgerSigner } from '../../server/vault/ledger-signer'
import { systemClock, type Clock } from '../../server/kernel/clock'
import { appendEntry, type LedgerEntry } from '../../server/ledger/append-entry'
import { testConfig, testKeys, type TestKeys } from './app'
import type { TestDatabase } from './database'

/** The sequencer as the worker runs it, round by round. */
export function sequencerOf(
  database: TestDatabase,
  {
    keys = testKeys(),
    clock = systemClock,
    env,
    batch,
  }: { keys?: TestKeys; clock?: Clock; env?: Record<string, string>; batch?: number } = {},
) {
  const shipped = testConfig('worker', { database, keys, ...(env && { env }) })
  const limits = { ...shipped.limits, ...(batch && { sequencerBatchEntries: batch }) }
  const deps = {
    db: database.db.worker,
    clock,
    signer: createLedgerSigner(shipped.keys),
    config: { ...shipped, limits },
  }
  return {
    deps,
    round: () => sequenceEntries(deps),
    /** Until nothing waits and the file knows of everything. */
    async settle(): Promise<number> {
      let placed = 0
      for (;;) {
        const now = await sequenceEntries(deps)
        placed += now
        if (now === 0) return placed
      }
    },
  }
}

/** Appends entries as the worker, one transaction each; gives their ids. */
export async function appendEntries(
  database: TestDatabase,
  entries: LedgerEntry[],
  at: Date = new Date(),
): Promise<string[]> {
  const ids: string[] = []
  for (const entry of entries) {
    ids.push(await database.db.worker.transaction((tx) => appendEntry(tx, at, entry)))
  }
  return ids
}
