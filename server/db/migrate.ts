import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq'
import type { Knex } from 'knex'
import { Client, escapeIdentifier } from 'pg'
import { ConfigError } from '../config'
import { connect, type Db } from './connections'

export interface MigrateOptions {
  /** As joinder_migrator, who owns our schema. */
  migratorUrl: string
  /** As joinder_worker, who owns the schema of BullMQ. */
  workerUrl: string
  /** Runs after the migrations, as joinder_migrator and still alone: loads the matters shipped as files. */
  afterwards?: (db: Db) => Promise<void>
}

/** Any fixed number; "Joinder" has no other advisory lock of this class. */
const migrationLock = 0x4a4f494e

/**
 * Brings the database to the schema of this program: all pending migrations in one transaction, so
 * that a failed one leaves the old version serving, then BullMQ's own. Two at once wait for each other.
 * @returns the names of the migrations it ran
 * @throws ConfigError when the database was migrated by a newer program
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const lock = new Client({
    connectionString: options.migratorUrl,
    connectionTimeoutMillis: 10_000,
  })
  await lock.connect()
  const db = connect(options.migratorUrl, { poolMax: 2, applicationName: 'joinder-migrate' })
  try {
    await lock.query('set lock_timeout = 0')
    await lock.query('select pg_advisory_lock($1)', [migrationLock])
    const ran = await migrateOurs(db)
    await migrateQueue(db, options.workerUrl)
    await options.afterwards?.(db)
    return ran
  } finally {
    await db.destroy()
    await lock.end()
  }
}

/**
 * Refuses to go on when the database's schema is not the one this program was built with; processes
 * never migrate by themselves.
 * @throws ConfigError saying which of the two is behind
 */
export async function assertSchema(db: Db): Promise<void> {
  const shipped = await migrationNames()
  let applied: string[]
  try {
    applied = await db<{ name: string }>('knex_migrations').pluck('name')
  } catch (error) {
    if ((error as { code?: string }).code !== '42P01') throw error
    throw new ConfigError('The database is empty; run npm run migrate first.')
  }
  const missing = shipped.find((name) => !applied.includes(name))
  if (missing !== undefined) {
    throw new ConfigError(`The database lacks migration ${missing}; run npm run migrate first.`)
  }
  assertKnown(applied, shipped)
}

function assertKnown(applied: string[], shipped: string[]): void {
  const unknown = applied.find((name) => !shipped.includes(name))
  if (unknown === undefined) return
  throw new ConfigError(
    `The database is newer than this program (it has migration ${unknown}); start the newer program.`,
  )
}

async function migrateOurs(db: Db): Promise<string[]> {
  if (await db.schema.hasTable('knex_migrations')) {
    assertKnown(await db('knex_migrations').pluck('name'), await migrationNames())
  }
  return db.transaction(async (tx) => {
    const [, ran] = (await tx.migrate.latest({ migrationSource })) as [number, string[]]
    // Every process checks the schema before it serves.
    await tx.raw('grant select on knex_migrations to joinder_public, joinder_staff, joinder_worker')
    return ran
  })
}

async function migrateQueue(db: Db, workerUrl: string): Promise<void> {
  const client = new Client({ connectionString: workerUrl, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    const version = await assertSchemaCompatibility(client).catch((error: unknown) => {
      if (error instanceof SchemaMigrationRequiredError) return 0
      throw error
    })
    if (version >= LATEST_SCHEMA_VERSION) return
    // BullMQ says "create schema if not exists", for which PostgreSQL asks the right to create one
    // even where it exists; the worker has that right for this moment only.
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    const database = escapeIdentifier(rows[0]!.name)
    await db.raw(`grant create on database ${database} to joinder_worker`)
    try {
      await runMigrations(client)
    } finally {
      await db.raw(`revoke create on database ${database} from joinder_worker`)
    }
  } finally {
    await client.end()
  }
}

const folder = join(__dirname, '../../migrations')

/** Names without suffix, in order: tests run the .ts files, the shipped program the .js files. */
async function migrationNames(): Promise<string[]> {
  const files = await readdir(folder)
  return files
    .filter((file) => /^\d{4}_\w+\.[jt]s$/.test(file))
    .map((file) => file.slice(0, -3))
    .toSorted()
}

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: migrationNames,
  getMigrationName: (name) => name,
  getMigration: async (name) => {
    const { up } = require(join(folder, name)) as Pick<Knex.Migration, 'up'>
    return { up, down: () => Promise.reject(new Error('Migrations only go forward')) }
  },
}
