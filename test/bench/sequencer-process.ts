import { startSequencer } from '../../jobs/sequence-ledger'
import type { WorkerDeps } from '../../jobs/deps'
import { loadProcessConfig } from '../../server/config'
import { connect } from '../../server/db/connections'
import { systemClock } from '../../server/kernel/clock'
import { createLedgerSigner } from '../../server/vault/ledger-signer'
import { createLog } from '../../server/web/log'

/** The shipped sequencer in a process of its own; works while the bench says so. */
const config = loadProcessConfig(process.env, 'worker')
const db = connect(config.databaseUrl, { poolMax: 2, applicationName: 'joinder-worker' })
const deps = {
  config,
  db,
  clock: systemClock,
  log: createLog(config),
  signer: createLedgerSigner(config.keys),
} as WorkerDeps

let running: ReturnType<typeof startSequencer> | undefined
process.on('message', (word) => {
  void (async () => {
    await running?.stop()
    running = word === 'on' ? startSequencer(deps) : undefined
    process.send?.(word)
  })()
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
