import { parseArgs } from 'node:util'
import { ConfigError, loadConfig } from '../config'
import { connect } from '../db/connections'
import { plainly } from '../db/plainly'
import { systemClock } from '../kernel/clock'
import { staffUrl } from '../supervisor/staff-url'
import { resetFactors } from './reset-factors'

const usage = 'npm run people:reset-factor -- --email hong@example.com'

async function main(): Promise<void> {
  const email = readArguments(process.argv.slice(2))
  const config = loadConfig(process.env)
  const db = connect(await staffUrl(config), { poolMax: 1, applicationName: 'joinder-reset' })
  try {
    const outcome = await resetFactors({ db, clock: systemClock, config }, email)
    if (outcome === 'unknown') throw new ConfigError(`${email} has no account.`)
    if (outcome === 'not_in_use') {
      throw new ConfigError(`The account of ${email} is not in use: it waits, sleeps or was ended.`)
    }
    console.log(
      `Reset: ${email} signs in with their password and sets up a new second factor within ${config.limits.enrolHours} hours.`,
    )
  } finally {
    await db.destroy()
  }
}

/** @throws ConfigError with one sentence */
function readArguments(args: string[]): string {
  try {
    const { email } = parseArgs({ args, options: { email: { type: 'string' } } }).values
    if (email !== undefined && email.trim() !== '') return email.trim().toLowerCase()
  } catch {
    // Said below.
  }
  throw new ConfigError(`Usage: ${usage}`)
}

main().catch((error: unknown) => {
  console.error(plainly(error))
  process.exitCode = 1
})
