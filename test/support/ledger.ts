import { randomBytes } from 'node:crypto'
import { sequenceEntries } from '../../server/ledger/sequence-entries'
import { createLedgerSigner } from '../../server/vault/ledger-signer'
import { systemClock, type Clock } from '../../server/kernel/clock'
import { newId } from '../../server/kernel/ids'
import { appendEntry, type LedgerEntry } from '../../server/ledger/append-entry'
import { canonicalJson } from '../../server/ledger/canonical-json'
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

export interface BareEntry {
  type: 'claim.filed' | 'batch.delivered' | 'claim.erased' | 'private'
  matter?: string
  at: Date
}

/** Thousands of entries in one statement, without private parts: past the verb, not past the triggers. */
export async function insertEntries(database: TestDatabase, entries: BareEntry[]): Promise<void> {
  const rows = entries.map(({ type, matter, at }) => ({
    id: newId(at.getTime()),
    kind: type === 'private' ? 'claim.opened' : type,
    at: at.toISOString(),
    entry: canonicalJson({
      v: 1,
      type,
      at: at.toISOString(),
      c: randomBytes(32).toString('hex'),
      ...(matter === undefined ? {} : { matter }),
    }),
  }))
  await database.db.superuser.raw(
    `insert into ledger_entries (id, kind, entry, at)
     select * from unnest(cast(:ids as uuid[]), cast(:kinds as text[]), cast(:entries as text[]),
       cast(:ats as timestamptz[]))`,
    {
      ids: rows.map(({ id }) => id),
      kinds: rows.map(({ kind }) => kind),
      entries: rows.map(({ entry }) => entry),
      ats: rows.map(({ at }) => at),
    },
  )
}
