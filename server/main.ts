import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { loadDemo, type DemoAccount } from './accounts/load-demo'
import {
  assertRealMail,
  ConfigError,
  dkimEnvironment,
  documentsEnvironment,
  loadConfig,
  scannerEnvironment,
  sharedEnvironment,
  type Config,
  type ProcessName,
} from './config'
import { connect } from './db/connections'
import { plainly } from './db/plainly'
import { systemClock } from './kernel/clock'
import { startLocalMail, type LocalMail } from './mail/local-mail'
import { loadMatters } from './matters/load-matters'
import { demoNotices, loadDemoNotices, removeDemoNotices } from './notices/demo-notices'
import { runProcess, type Running } from './supervisor/child'
import { keepRunning } from './supervisor/children'
import {
  broughtUrls,
  checkBroughtDatabase,
  embeddedDatabaseExists,
  startDatabase,
  type ReadyDatabase,
} from './supervisor/database'
import { assertPortFree } from './supervisor/ports'
import { openKeyFolder, type LocalSecrets } from './vault/key-folder'
import { createNoticeVault } from './vault/notices'

/**
 * What `npm start` runs. With SURFACE it is that surface; without, it is a supervisor that makes the
 * production shape on one machine: three processes, each with its own environment, keys and login.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const { surface } = config
  if (surface !== null) {
    return runProcess(surface, config.limits.shutdownMs, async () => {
      // Only here: the supervisor starts faster without the pages.
      const { startSurface } = await import('./serve.js')
      return startSurface(process.env, surface)
    })
  }
  if (config.production) {
    throw new ConfigError(
      'NODE_ENV=production starts each process by itself, with its own keys: SURFACE=public npm start, SURFACE=staff npm start, npm run worker.',
    )
  }
  return supervise(config)
}

async function supervise(config: Config): Promise<void> {
  assertRealMail(config)
  const started: Running[] = []
  const stopAll = async () => {
    for (const part of started.toReversed()) await part.stop()
    started.length = 0
  }

  let exitCode = 0
  const end = async () => {
    try {
      await stopAll()
      process.exit(exitCode)
    } catch (error) {
      console.error(plainly(error))
      process.exit(1)
    }
  }
  let ready = false
  let askedAt: number | null = null
  const onSignal = () => {
    if (askedAt !== null) {
      // Whoever asks again does not want to wait, and the next start takes over what is left. But npm
      // passes on a Ctrl-C that the terminal has sent to us as well.
      if (Date.now() - askedAt > 1_000) process.exit(1)
      return
    }
    askedAt = Date.now()
    // Before everything runs, the start itself notices at its next step and undoes what it did.
    if (ready) void end()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  /** What everything rests on is not ours any more: as if asked to end, but it is a failure. */
  const onLost = (error: Error) => {
    if (askedAt !== null) return
    console.error(plainly(error))
    exitCode = 1
    onSignal()
  }

  try {
    const accounts: DemoAccount[] = []
    for (const step of startSteps(config, accounts, onLost)) {
      const part = await step()
      if (part !== undefined) started.push(part)
      if (askedAt !== null) return end()
    }
    ready = true
    welcome(config, accounts)
  } catch (error) {
    await stopAll().catch((other: unknown) => console.error(plainly(other)))
    // Ctrl-C reaches a process that is just starting too; that is no news then.
    if (askedAt !== null) process.exit(exitCode)
    throw error
  }
}

/** In order; each hands back what must be stopped again. Nothing starts before its needs are known to be met. */
function startSteps(
  config: Config,
  accounts: DemoAccount[],
  onLost: (error: Error) => void,
): (() => Promise<Running | undefined>)[] {
  let secrets: LocalSecrets
  let database: ReadyDatabase
  let mail: LocalMail
  return [
    async () => {
      await assertPortFree('PORT', config.port, config.host)
      await assertPortFree('STAFF_PORT', config.staffPort, config.host)
      return undefined
    },
    async () => {
      // Others may pass through: as root, PostgreSQL runs as another user, in a folder below.
      await mkdir(config.home, { recursive: true, mode: 0o711 })
      await mkdir(join(config.home, 'log'), { recursive: true, mode: 0o700 })
      secrets = await openKeyFolder(
        join(config.home, 'keys'),
        await embeddedDatabaseExists(config.home),
      )
      return undefined
    },
    async () => {
      const brought = broughtUrls(config)
      database = brought
        ? await checkBroughtDatabase(brought)
        : await startDatabase(config, secrets.passwords, loadMatters, { report, onLost })
      return database
    },
    async () => {
      // Only beside data of our own making, and never where an operator takes real claims.
      if (database.embedded && config.demonstration) {
        accounts.push(...(await makeDemoAccounts(database.urls.staff, secrets.keys.STAFF_KEY)))
      }
      return undefined
    },
    async () => {
      if (database.embedded) {
        await tendDemoNotices(config, database.urls.worker, secrets.keys.NOTICE_KEY)
      }
      return undefined
    },
    async () => {
      mail = await startLocalMail(config)
      return mail
    },
    () =>
      startChildren(config, (name) =>
        environmentOf(name, secrets, database, mail, config.redisUrl),
      ),
  ]
}

async function makeDemoAccounts(staffUrl: string, staffKey: string): Promise<DemoAccount[]> {
  const db = connect(staffUrl, { poolMax: 1, applicationName: 'joinder-start' })
  try {
    return await loadDemo({ db, staffKey }, systemClock.now())
  } finally {
    await db.destroy()
  }
}

/** Made-up notices are there in a demonstration, and gone where an operator takes real claims. */
async function tendDemoNotices(
  { demonstration }: Config,
  workerUrl: string,
  noticeKey: string,
): Promise<void> {
  const db = connect(workerUrl, { poolMax: 1, applicationName: 'joinder-start' })
  try {
    const deps = { db, notices: createNoticeVault({ noticeKey }) }
    await (demonstration ? loadDemoNotices(deps) : removeDemoNotices(deps))
  } finally {
    await db.destroy()
  }
}

/** What one process may know: the shared settings, its own login, exactly its keys. */
function environmentOf(
  name: ProcessName,
  { keys }: LocalSecrets,
  database: ReadyDatabase,
  mail: LocalMail,
  redisUrl: string | null,
): Record<string, string> {
  const { INTAKE_PUBLIC_KEY, INTAKE_SECRET_KEY, VAULT_KEY, STAFF_KEY, INDEX_KEY, TOKEN_KEY } = keys
  const { LEDGER_KEY, LEDGER_PUBLIC_KEY, NOTICE_KEY, RATE_KEY } = keys
  const { PUBLIC_SESSION_SECRET, STAFF_SESSION_SECRET } = keys
  const shared = {
    ...sharedEnvironment(process.env),
    ...documentsEnvironment(process.env),
    INTAKE_PUBLIC_KEY,
  }
  switch (name) {
    case 'public':
      return {
        ...shared,
        SURFACE: 'public',
        DATABASE_URL_PUBLIC: database.urls.public,
        LEDGER_PUBLIC_KEY,
        RATE_KEY,
        SESSION_SECRET: PUBLIC_SESSION_SECRET,
        ...(mail.MAIL_CATCHER !== undefined && { MAIL_CATCHER: mail.MAIL_CATCHER }),
      }
    case 'staff':
      return {
        ...shared,
        SURFACE: 'staff',
        DATABASE_URL_STAFF: database.urls.staff,
        VAULT_KEY,
        STAFF_KEY,
        RATE_KEY,
        SESSION_SECRET: STAFF_SESSION_SECRET,
      }
    case 'worker':
      return {
        ...shared,
        DATABASE_URL_WORKER: database.urls.worker,
        SMTP_URL: mail.SMTP_URL,
        ...dkimEnvironment(process.env),
        ...scannerEnvironment(process.env),
        ...(redisUrl !== null && { REDIS_URL: redisUrl }),
        INTAKE_SECRET_KEY,
        VAULT_KEY,
        INDEX_KEY,
        TOKEN_KEY,
        LEDGER_KEY,
        NOTICE_KEY,
      }
  }
}

/** All three at once; when one cannot start, none is left running. */
async function startChildren(
  config: Config,
  environment: (name: ProcessName) => Record<string, string>,
): Promise<Running> {
  const starts = (['worker', 'public', 'staff'] as const).map((name) =>
    keepRunning({
      name,
      entry: name === 'worker' ? join(__dirname, '../jobs/main.js') : __filename,
      env: environment(name),
      logFile: join(config.home, 'log', `${name}.log`),
      times: config.limits,
      report,
    }),
  )
  const results = await Promise.allSettled(starts)
  const children = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  )
  const stop = async () => {
    await Promise.all(children.map((child) => child.stop()))
  }
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw failed.reason
  }
  return { stop }
}

/** What happens while it runs, for the person at the terminal. */
const report = (sentence: string) => console.error(sentence)

function welcome(config: Config, accounts: DemoAccount[]): void {
  const width = Math.max(0, ...accounts.map(({ email }) => email.length))
  const lines = accounts.map(
    ({ email, role, firm }) => `    ${email.padEnd(width)}  ${role}${firm ? ` (${firm})` : ''}\n`,
  )
  const signIn =
    accounts.length === 0
      ? '  Staff accounts are by invitation: npm run people:invite\n\n'
      : `  Demonstration accounts, password: ${accounts[0]!.password}\n  Their codes     ${config.staffUrl}/dev/codes\n${lines.join('')}\n  Demonstration notices of coupang-2025-us, ID and PIN\n${demoNotices.map(({ id, pin }) => `    ${id}  ${pin}\n`).join('')}\n`
  console.log(`
Joinder is running.

  For claimants   ${config.publicUrl}
  For staff       ${config.staffUrl}
${config.smtpUrl === null ? `  Mail            ${config.publicUrl}/dev/mail\n` : ''}
${signIn}  Everything it keeps is in ${config.home}. Ctrl-C ends it.
`)
}

main().catch((error: unknown) => {
  console.error(plainly(error))
  process.exit(1)
})
