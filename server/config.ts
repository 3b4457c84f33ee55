import { join, resolve } from 'node:path'
import {
  ConfigError,
  addressIn,
  clamdFrom,
  contactFrom,
  databaseSchemes,
  dkimFrom,
  dkimSettings,
  originFrom,
  portFrom,
  s3From,
  s3Settings,
  securityContactFrom,
  text,
  trustProxyFrom,
  url,
  webUrl,
  type ClamdAddress,
  type DkimSettings,
  type S3Settings,
} from './config-values'
import { limits, type Limits } from './limits'

export { ConfigError, type ClamdAddress, type DkimSettings, type S3Settings } from './config-values'

/** The processes that serve; each has its own environment, keys and database login. */
export type ProcessName = 'public' | 'staff' | 'worker'

export type KeyName = (typeof keyNames)[number]

const keyNames = [
  'INTAKE_PUBLIC_KEY',
  'INTAKE_SECRET_KEY',
  'VAULT_KEY',
  'STAFF_KEY',
  'INDEX_KEY',
  'TOKEN_KEY',
  'LEDGER_KEY',
  'LEDGER_PUBLIC_KEY',
  'NOTICE_KEY',
  'SESSION_SECRET',
  'RATE_KEY',
] as const

/** Which process needs which key. A process that holds more than it needs does not start. */
export const keysOf: Record<ProcessName, readonly KeyName[]> = {
  public: ['INTAKE_PUBLIC_KEY', 'LEDGER_PUBLIC_KEY', 'SESSION_SECRET', 'RATE_KEY'],
  staff: ['INTAKE_PUBLIC_KEY', 'VAULT_KEY', 'STAFF_KEY', 'SESSION_SECRET', 'RATE_KEY'],
  worker: [
    'INTAKE_PUBLIC_KEY',
    'INTAKE_SECRET_KEY',
    'VAULT_KEY',
    'INDEX_KEY',
    'TOKEN_KEY',
    'LEDGER_KEY',
    'NOTICE_KEY',
  ],
}

/** Key texts as they stand in the environment (base64url); only server/vault/ decodes them. */
export interface KeyTexts {
  intakePublicKey?: string
  intakeSecretKey?: string
  vaultKey?: string
  staffKey?: string
  indexKey?: string
  tokenKey?: string
  ledgerKey?: string
  /** of the ledger's key; retired ones after it, separated by commas */
  ledgerPublicKey?: string
  noticeKey?: string
  sessionSecret?: string
  rateKey?: string
}

/** Connection strings, one a login; `owner` may create roles and databases and is read by `npm run roles` alone. */
export interface DatabaseUrls {
  public?: string
  staff?: string
  worker?: string
  migrator?: string
  owner?: string
}

export interface Config {
  /** NODE_ENV=production: refuses generated keys, demonstration accounts, the mail catcher, the embedded database. */
  production: boolean
  /** Neither production nor OPERATOR_NAME: the only place for demonstration accounts and caught mail. */
  demonstration: boolean
  /** SURFACE: `npm start` serves just this surface; null is the supervisor. */
  surface: 'public' | 'staff' | null
  /** HOST: the address both surfaces listen on; 127.0.0.1 unless told. */
  host: string
  /** PORT of the public surface. */
  port: number
  /** STAFF_PORT of the staff surface. */
  staffPort: number
  /** JOINDER_HOME: absolute path of the folder for everything kept on this machine. */
  home: string
  databases: DatabaseUrls
  /** REDIS_URL: jobs go to Redis; null is BullMQ's PostgreSQL backend. */
  redisUrl: string | null
  /** SMTP_URL: null means the local mail catcher, in a demonstration. */
  smtpUrl: string | null
  /** MAIL_CATCHER: folder of caught mails that /dev/mail shows; set by the supervisor, in a demonstration alone. */
  mailCatcher: string | null
  /** MAIL_FROM: the sender of every mail. */
  mailFrom: string
  /** The bare address in it. */
  mailAddress: string
  /** DKIM_DOMAIN, DKIM_SELECTOR, DKIM_KEY: how the worker signs mail; null: it does not. */
  dkim: DkimSettings | null
  /** PUBLIC_URL: the address people type, without a trailing slash. */
  publicUrl: string
  /** STAFF_URL: the same for moderators, counsel and administrators. */
  staffUrl: string
  /** LEDGER_ORIGIN: first line of each signed checkpoint (C2SP); a name, never made from a port. */
  ledgerOrigin: string
  /** LEDGER_CHECKPOINTS: the file outside the database to which every signed checkpoint is appended. */
  ledgerCheckpoints: string
  /** Where uploaded documents stand, encrypted: EVIDENCE_S3_URL and the settings beside it, or a folder in `home`. */
  documents: { folder: string; s3: S3Settings | null }
  /** CLAMD_URL: the virus scanner that the worker asks about each document; null: none. */
  clamd: ClamdAddress | null
  /** TRUST_PROXY: what Express calls `trust proxy`: hops, or addresses; false when nothing stands in front. */
  trustProxy: false | number | string
  /** OPERATOR_NAME: who runs this portal; null shows the demonstration banner. */
  operatorName: string | null
  /** OPERATOR_CONTACT: an e-mail address for people's questions; answers to our mail go there. */
  operatorContact: string | null
  /** SECURITY_CONTACT: a URI for security.txt; OPERATOR_CONTACT serves when there is none. */
  securityContact: string | null
  /** LOG_LEVEL of the JSON log: info unless told. */
  logLevel: LogLevel
  keys: KeyTexts
  limits: Limits
}

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** What one serving process starts with: its own login's URL and exactly its keys. */
export interface ProcessConfig extends Config {
  process: ProcessName
  databaseUrl: string
}

/**
 * Reads and checks the settings; nothing else in server/ or jobs/ looks at the environment.
 * @throws ConfigError with one sentence naming the setting
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const production = env['NODE_ENV'] === 'production'
  const port = portFrom(env, 'PORT', 3000)
  const staffPort = portFrom(env, 'STAFF_PORT', 3001)
  if (port === staffPort) {
    throw new ConfigError(`PORT and STAFF_PORT are both ${port}; the two surfaces need one each.`)
  }
  const required = (name: string, fallback: string) => {
    const value = text(env, name)
    if (value === null && production) {
      throw new ConfigError(`${name} is not set; production has no default for it.`)
    }
    return value ?? fallback
  }
  const surface = text(env, 'SURFACE')
  if (surface !== null && surface !== 'public' && surface !== 'staff') {
    throw new ConfigError(`SURFACE is "${surface}"; it must be public or staff.`)
  }
  const logLevel = text(env, 'LOG_LEVEL') ?? 'info'
  if (!isLogLevel(logLevel)) {
    throw new ConfigError(`LOG_LEVEL is "${logLevel}"; it must be ${logLevels.join(', ')}.`)
  }
  const mailCatcher = text(env, 'MAIL_CATCHER')
  const mailFrom = required('MAIL_FROM', 'Joinder <no-reply@joinder.localhost>')
  const mailAddress = addressIn(mailFrom)
  const operatorContact = contactFrom(env)
  const home = resolve(text(env, 'JOINDER_HOME') ?? '.joinder')
  const operatorName = text(env, 'OPERATOR_NAME')
  const demonstration = !production && operatorName === null
  if (mailCatcher !== null && !demonstration) {
    throw new ConfigError('MAIL_CATCHER is set; only a demonstration shows mail to everybody.')
  }

  return {
    production,
    demonstration,
    surface,
    host: text(env, 'HOST') ?? '127.0.0.1',
    port,
    staffPort,
    home,
    databases: {
      ...url(env, 'public', 'DATABASE_URL_PUBLIC', databaseSchemes),
      ...url(env, 'staff', 'DATABASE_URL_STAFF', databaseSchemes),
      ...url(env, 'worker', 'DATABASE_URL_WORKER', databaseSchemes),
      ...url(env, 'migrator', 'DATABASE_URL_MIGRATOR', databaseSchemes),
      ...url(env, 'owner', 'DATABASE_URL', databaseSchemes),
    },
    redisUrl: url(env, 'url', 'REDIS_URL', ['redis:', 'rediss:']).url ?? null,
    smtpUrl: url(env, 'url', 'SMTP_URL', ['smtp:', 'smtps:']).url ?? null,
    mailCatcher,
    mailFrom,
    mailAddress,
    // A surface sends no mail, and where it is told how mail is signed it lacks the key.
    dkim: surface === null ? dkimFrom(env, mailAddress) : null,
    publicUrl: webUrl('PUBLIC_URL', required('PUBLIC_URL', `http://localhost:${port}`)),
    staffUrl: webUrl('STAFF_URL', required('STAFF_URL', `http://localhost:${staffPort}`)),
    ledgerOrigin: originFrom(required('LEDGER_ORIGIN', 'joinder.localhost/ledger')),
    ledgerCheckpoints: resolve(
      text(env, 'LEDGER_CHECKPOINTS') ?? join(home, 'ledger', 'checkpoints.jsonl'),
    ),
    documents: { folder: join(home, 'evidence'), s3: s3From(env) },
    clamd: clamdFrom(env),
    trustProxy: trustProxyFrom(text(env, 'TRUST_PROXY')),
    operatorName,
    operatorContact,
    securityContact: securityContactFrom(env) ?? (operatorContact && `mailto:${operatorContact}`),
    logLevel,
    keys: keyTexts(env),
    limits,
  }
}

/** What every process may know; a process is handed these, its own login and its own keys, and nothing else. */
const sharedSettings = [
  'PATH',
  'TZ',
  'NODE_ENV',
  'HOST',
  'PORT',
  'STAFF_PORT',
  'JOINDER_HOME',
  'MAIL_FROM',
  'PUBLIC_URL',
  'STAFF_URL',
  'LEDGER_ORIGIN',
  'LEDGER_CHECKPOINTS',
  'TRUST_PROXY',
  'OPERATOR_NAME',
  'OPERATOR_CONTACT',
  'SECURITY_CONTACT',
  'LOG_LEVEL',
]

/** The settings without secrets of one process, to hand on to those it starts. */
export function sharedEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return pick(env, sharedSettings)
}

/** What signs mail, to hand on to the worker alone. */
export function dkimEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return pick(env, dkimSettings)
}

/** Where documents stand, to hand on to all three: each may have credentials of its own in production. */
export function documentsEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return pick(env, s3Settings)
}

/** The virus scanner, to hand on to the worker alone. */
export function scannerEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return pick(env, ['CLAMD_URL'])
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  )
}

/**
 * The settings of one serving process: as loadConfig, and its database URL is there, every key it
 * needs is there, and no key or database URL that belongs to another process is.
 * @throws ConfigError
 */
export function loadProcessConfig(env: NodeJS.ProcessEnv, process: ProcessName): ProcessConfig {
  const config = loadConfig(env)
  for (const name of keyNames) {
    const needed = keysOf[process].includes(name)
    if (needed && text(env, name) === null) {
      throw new ConfigError(`${name} is not set; the ${process} process needs it.`)
    }
    if (!needed && text(env, name) !== null) {
      throw new ConfigError(
        `${name} is set; the ${process} process must not hold it, so it will not start.`,
      )
    }
  }
  if (process !== 'worker' && text(env, 'DKIM_KEY') !== null) {
    throw new ConfigError(
      `DKIM_KEY is set; the ${process} process must not hold it, so it will not start.`,
    )
  }
  for (const [login, value] of Object.entries(config.databases)) {
    if (value !== undefined && login !== process) {
      const name = login === 'owner' ? 'DATABASE_URL' : `DATABASE_URL_${login.toUpperCase()}`
      throw new ConfigError(
        `${name} is set; the ${process} process must not hold it, so it will not start.`,
      )
    }
  }
  const databaseUrl = config.databases[process]
  if (databaseUrl === undefined) {
    throw new ConfigError(
      `DATABASE_URL_${process.toUpperCase()} is not set; the ${process} process needs it.`,
    )
  }
  if (process === 'worker') assertRealMail(config)
  return { ...config, process, databaseUrl }
}

/** @throws ConfigError where real claims are taken and no mail would reach those who file them */
export function assertRealMail({ demonstration, production, smtpUrl }: Config): void {
  if (demonstration || smtpUrl !== null) return
  throw new ConfigError(
    production
      ? 'SMTP_URL is not set; production sends real mail.'
      : 'SMTP_URL is not set; with OPERATOR_NAME mail has to reach real people, so name a mail server.',
  )
}

function isLogLevel(value: string): value is LogLevel {
  return (logLevels as readonly string[]).includes(value)
}

function keyTexts(env: NodeJS.ProcessEnv): KeyTexts {
  const keys: KeyTexts = {}
  for (const name of keyNames) {
    const value = text(env, name)
    if (value === null) continue
    const key = name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    keys[key as keyof KeyTexts] = value
  }
  return keys
}
