import { buildBatch } from '../../server/batches/build-batch'
import { loadProcessConfig } from '../../server/config'
import { connect } from '../../server/db/connections'
import { systemClock } from '../../server/kernel/clock'
import { createWorkerVault } from '../../server/vault/vault'

/** Builds the batch named as argument in a process of its own, a claim at a time; says `building` first. */
async function main(): Promise<void> {
  const config = loadProcessConfig(process.env, 'worker')
  const limits = { ...config.limits, batchChunkClaims: 1 }
  const db = connect(config.databaseUrl, { poolMax: 3, applicationName: 'test-killed' })
  const vault = createWorkerVault({ db, clock: systemClock, limits }, config.keys)
  await db.raw('select 1')
  process.stdout.write('building\n')
  await buildBatch(
    { db, vault, clock: systemClock, config: { ...config, limits } },
    process.argv[2]!,
    'run',
  )
  await db.destroy()
}

void main().catch((error: unknown) => {
  process.stderr.write(String(error))
  process.exitCode = 1
})
