import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keysOf, loadProcessConfig } from '../../server/config'
import { connect, type Db } from '../../server/db/connections'
import { systemClock } from '../../server/kernel/clock'
import { sequenceEntries } from '../../server/ledger/sequence-entries'
import { findMatter } from '../../server/matters/list-matters'
import type { Matter } from '../../server/matters/matter-file'
import { generateKeys } from '../../server/vault/generate-keys'
import { createLedgerSigner } from '../../server/vault/ledger-signer'
import { loginUrls, startTestCluster, templateName } from '../support/cluster'
import { benchMatter, draftsPerSecond, seedDrafts, startApp, submitDrafts, visit } from './load'
import { round, summarise, type BenchResult, type Window } from './report'
import { entriesPerClaim, seedLedger } from './seed-ledger'

const turns = 10
/** Entries of the ledger that is verified; a tenth of it shows whether memory grows with it. */
const verified = 1_000_000

/**
 * Filings of the shipped app with and without the sequencer at work, in turns; how fast waiting entries
 * get their places, against one SQL statement that only hashes and stores them; and how long checking a
 * ledger of a million entries takes, with the peak of memory against that of a tenth of it.
 */
export async function benchLedger(seconds: number): Promise<BenchResult> {
  const cluster = await startTestCluster({})
  const home = await mkdtemp(join(tmpdir(), 'joinder-bench-'))
  const port = cluster.postgres.port
  const urls = loginUrls(port, templateName)
  const db = connect(cluster.postgres.superuserUrl(templateName), {
    poolMax: 4,
    applicationName: 'bench',
  })
  try {
    const matter = await findMatter(db, benchMatter)
    if (!matter) throw new Error(`${benchMatter} is not loaded`)
    const keys = generateKeys()
    const given: Record<string, string> = keys
    const environment = {
      PATH: process.env['PATH'],
      JOINDER_HOME: home,
      DATABASE_URL_WORKER: urls.worker,
      ...Object.fromEntries(keysOf.worker.map((name) => [name, given[name]])),
    }
    const appends = await benchAppends({ db, matter, seconds, home, urls, environment })

    const config = loadProcessConfig(environment, 'worker')
    const signer = createLedgerSigner(config.keys)
    const worker = connect(urls.worker, { poolMax: 2, applicationName: 'bench-sequencer' })
    const settle = async () => {
      let placed = 0
      for (let now = -1; now !== 0; placed += now) {
        now = await sequenceEntries({ db: worker, clock: systemClock, signer, config })
      }
      return placed
    }
    await settle()
    // What was filed by load has no screening, and so on: a ledger of its own is verified.
    await emptyLedger(db)
    await rm(config.ledgerCheckpoints, { force: true })

    const check = (): Promise<Checked> =>
      verify(urls.worker, config.ledgerCheckpoints, signer.publicKey.toString('base64url'))
    await seedLedger(db, matter, verified / 10 / entriesPerClaim)
    const limit = await placeBySql(db)
    await settle()
    const small = await check()
    await seedLedger(db, matter, (verified - verified / 10) / entriesPerClaim)
    const startedMs = performance.now()
    const placed = await settle()
    const sealSeconds = (performance.now() - startedMs) / 1000
    const large = await check()
    await worker.destroy()

    const sealedPerSecond = Math.round(placed / sealSeconds)
    const rows = [
      ...appends.rows,
      { name: 'entries placed and signed', perSecond: sealedPerSecond },
      { name: 'the same by one SQL statement', perSecond: limit },
      {
        name: `entries verified (of ${large.entries})`,
        perSecond: Math.round(large.entries / large.seconds),
      },
    ]
    return {
      title: `Ledger: ${turns} turns of filing with and without the sequencer, then ${verified} entries`,
      rows,
      figures: {
        ...appends.figures,
        sealedPerSecond,
        verifySeconds: round(large.seconds),
        verifyPeakMb: Math.round(large.peakMb),
      },
      ratios: {
        appendsWithSequencer: appends.ratio,
        sealToLimit: round(sealedPerSecond / limit, 3),
        verifyMemoryOfTenfold: round(large.peakMb / small.peakMb),
      },
    }
  } finally {
    await db.destroy()
    await cluster.stop()
    await rm(home, { recursive: true, force: true })
  }
}

async function benchAppends(parts: {
  db: Db
  matter: Matter
  seconds: number
  home: string
  urls: { public: string }
  environment: NodeJS.ProcessEnv
}) {
  const { db, matter, seconds, home, urls, environment } = parts
  const app = await startApp(urls.public, home)
  const sequencer = fork(join(__dirname, 'sequencer-process.js'), {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await once(sequencer, 'message')
  const tell = async (word: 'on' | 'off') => {
    sequencer.send(word)
    await once(sequencer, 'message')
  }
  try {
    const visitor = await visit(app.port)
    const each = seconds / turns / 2
    const window = async () => {
      const secrets = await seedDrafts(db, matter, Math.ceil(each * draftsPerSecond))
      return submitDrafts(app.port, visitor, secrets, each)
    }
    await window()
    const windows: Record<'on' | 'off', Window[]> = { on: [], off: [] }
    for (let turn = 0; turn < turns; turn++) {
      // Which of the two comes first changes, so that a machine that slows down hits both.
      for (const word of turn % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
        await tell(word)
        windows[word].push(await window())
      }
    }
    const withIt = summarise('filings with the sequencer', windows.on)
    const without = summarise('filings without it', windows.off)
    return {
      rows: [withIt, without],
      figures: { appendsPerSecond: withIt.perSecond, appendsP99Ms: withIt.p99Ms },
      // Turn by turn, so that a machine whose speed drifts changes both sides of each ratio.
      ratio: round(
        median(windows.on.map((one, turn) => rateOf(one) / rateOf(windows.off[turn]!))),
        3,
      ),
    }
  } finally {
    sequencer.kill('SIGKILL')
    app.child.kill('SIGKILL')
  }
}

const rateOf = ({ latenciesMs, seconds }: Window) => latenciesMs.length / seconds

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The least that placing entries can be: reading, hashing and storing them, in one statement that is undone. */
async function placeBySql(db: Db): Promise<number> {
  const tx = await db.transaction()
  const startedMs = performance.now()
  const done = await tx.raw(
    `with taken as (delete from ledger_pending returning seq, entry_id)
     insert into ledger_leaves (index, entry_id, leaf_hash)
     select row_number() over (order by t.seq) - 1, e.id,
       sha256('\\x00'::bytea || convert_to(e.entry, 'UTF8'))
     from taken t join ledger_entries e on e.id = t.entry_id`,
  )
  const seconds = (performance.now() - startedMs) / 1000
  await tx.rollback()
  return Math.round((done.rowCount as number) / seconds)
}

async function emptyLedger(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(`truncate ledger_entries, ledger_private, ledger_salts, ledger_pending, opening_claims,
      ledger_leaves, ledger_tiles, ledger_checkpoints, ledger_origins, ledger_counts, claims cascade`)
    await tx.raw(`update ledger_head set size = 0, peaks = ''`)
  })
}

interface Checked {
  entries: number
  findings: unknown[]
  seconds: number
  peakMb: number
}

async function verify(url: string, checkpoints: string, publicKey: string): Promise<Checked> {
  const child = fork(join(__dirname, 'verify-process.js'), [url, checkpoints, publicKey], {
    env: { PATH: process.env['PATH'] },
  })
  const [result] = (await once(child, 'message')) as [Checked]
  if (result.findings.length > 0)
    throw new Error(`a right ledger was found wrong: ${JSON.stringify(result.findings[0])}`)
  return result
}
