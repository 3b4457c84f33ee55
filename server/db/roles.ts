import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { ConfigError, type DatabaseUrls } from '../config'
import type { Limits } from '../limits'

const logins = ['public', 'staff', 'worker', 'migrator'] as const
type Login = (typeof logins)[number]

export interface RolesOptions {
  /** May create logins and databases; used here and nowhere else. */
  ownerUrl: string
  /** The four logins with the passwords they shall have; all name one database. */
  urls: DatabaseUrls
  timeouts: Limits['database']
}

/**
 * Makes the four logins, the database and the rights around it; running it again changes nothing but
 * passwords and timeouts. Rights on tables are given by the migrations that make them.
 * @throws ConfigError when the four URLs do not fit together
 */
export async function setUpRoles(options: RolesOptions): Promise<void> {
  const wanted = logins.map((login) => readLogin(login, options.urls[login]))
  const database = wanted[0]!.database
  if (wanted.some((login) => login.database !== database)) {
    throw new ConfigError('The four DATABASE_URL_* must name the same database.')
  }

  await withClient(options.ownerUrl, null, async (client) => {
    for (const { login, name, password } of wanted) {
      await client.query(`
        do $$ begin
          if not exists (select from pg_roles where rolname = ${escapeLiteral(name)}) then
            create role ${escapeIdentifier(name)};
          end if;
        exception when duplicate_object then null; -- two runs at once
        end $$`)
      const role = escapeIdentifier(name)
      const { statementMs, idleInTransactionMs, lockMs } = options.timeouts[login]
      await client.query(
        `alter role ${role} login noinherit password ${escapeLiteral(scramVerifier(password))}`,
      )
      await client.query(`alter role ${role} set statement_timeout = ${statementMs}`)
      await client.query(
        `alter role ${role} set idle_in_transaction_session_timeout = ${idleInTransactionMs}`,
      )
      await client.query(`alter role ${role} set lock_timeout = ${lockMs}`)
      await client.query(`alter role ${role} set timezone = 'UTC'`)
    }
    await becomeMember(client)
    const { rowCount } = await client.query('select from pg_database where datname = $1', [
      database,
    ])
    if (rowCount === 0) {
      await client.query(
        `create database ${escapeIdentifier(database)} owner joinder_migrator template template0 encoding 'UTF8'`,
      )
    }
    await grantDatabase(client, database)
  })

  await withClient(options.ownerUrl, database, async (client) => {
    await client.query(`
      alter schema public owner to joinder_migrator;
      revoke all on schema public from public;
      grant usage on schema public to joinder_public, joinder_staff, joinder_worker;
      create schema if not exists bullmq authorization joinder_worker;
      alter schema bullmq owner to joinder_worker;
      revoke all on schema bullmq from public`)
  })
}

/** Who owns a database and who may connect to it; a database cloned from a template does not inherit this. */
export async function grantDatabase(client: Client, database: string): Promise<void> {
  const name = escapeIdentifier(database)
  await client.query(`
    alter database ${name} owner to joinder_migrator;
    revoke all on database ${name} from public;
    grant connect on database ${name} to joinder_public, joinder_staff, joinder_worker;
    -- BullMQ adds jobs in bulk by way of temporary tables.
    grant temporary on database ${name} to joinder_worker`)
}

/** The administrator of a rented server is no superuser and can hand over only to roles it belongs to. */
async function becomeMember(client: Client): Promise<void> {
  const { rows } = await client.query<{ superuser: boolean }>(
    'select rolsuper as superuser from pg_roles where rolname = current_user',
  )
  if (rows[0]?.superuser) return
  await client.query('grant joinder_migrator, joinder_worker to current_user')
}

function readLogin(login: Login, url: string | undefined) {
  const setting = `DATABASE_URL_${login.toUpperCase()}`
  if (url === undefined) throw new ConfigError(`${setting} is not set.`)
  const parsed = new URL(url)
  const name = `joinder_${login}`
  if (decodeURIComponent(parsed.username) !== name) {
    throw new ConfigError(`${setting} must sign in as ${name}.`)
  }
  const password = decodeURIComponent(parsed.password)
  if (password === '') throw new ConfigError(`${setting} carries no password.`)
  return { login, name, password, database: decodeURIComponent(parsed.pathname.slice(1)) }
}

async function withClient(
  url: string,
  database: string | null,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const target = new URL(url)
  if (database !== null) target.pathname = `/${encodeURIComponent(database)}`
  const client = new Client({
    connectionString: target.href,
    application_name: 'joinder-roles',
    connectionTimeoutMillis: 10_000,
  })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** What PostgreSQL stores of a password (RFC 5803), made here so that the password itself never reaches its log. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16)
  const iterations = 4096
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256')
  const sign = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(sign('Client Key')).digest('base64')
  const server = sign('Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${server}`
}
