import { ConfigError, loadConfig } from '../config'
import { plainly } from './plainly'
import { setUpRoles } from './roles'

async function main(): Promise<void> {
  const config = loadConfig(process.env)
  if (config.databases.owner === undefined) {
    throw new ConfigError(
      'DATABASE_URL is not set; it must sign in as someone who may create logins and the database.',
    )
  }
  await setUpRoles({
    ownerUrl: config.databases.owner,
    urls: config.databases,
    timeouts: config.limits.database,
  })
  console.log('The logins and the database are ready; next: npm run migrate')
}

main().catch((error: unknown) => {
  console.error(plainly(error))
  process.exitCode = 1
})
