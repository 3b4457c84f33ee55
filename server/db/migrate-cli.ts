import { ConfigError, loadConfig } from '../config'
import { loadMatters } from '../matters/load-matters'
import { migrate } from './migrate'
import { plainly } from './plainly'

async function main(): Promise<void> {
  const { databases } = loadConfig(process.env)
  if (databases.migrator === undefined || databases.worker === undefined) {
    throw new ConfigError('DATABASE_URL_MIGRATOR and DATABASE_URL_WORKER are needed to migrate.')
  }
  const ran = await migrate({
    migratorUrl: databases.migrator,
    workerUrl: databases.worker,
    afterwards: loadMatters,
  })
  console.log(ran.length === 0 ? 'Nothing to migrate.' : `Migrated: ${ran.join(', ')}`)
}

main().catch((error: unknown) => {
  console.error(plainly(error))
  process.exitCode = 1
})
