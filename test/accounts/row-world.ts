import { randomBytes } from 'node:crypto'
import type { Db } from '../../server/db/connections'
import type { Person } from '../../server/web/person'
import { newId } from '../../server/kernel/ids'
import type { TestDatabase } from '../support/database'

/** A row in every table there is, made from the catalogue, so that "nothing is seen" means something. */
export interface RowWorld {
  /** the primary key of every row that has a uuid for one, and so what every reference names */
  id: string
  matterId: string
  firmId: string
  /** stands in every text of rows that no other rule fills */
  marker(table: string): string
}

interface Column {
  table: string
  name: string
  type: string
  filled: boolean
}

/** Texts that policies and pages look at; everything else is a marker. */
const fixed: Record<string, unknown> = {
  'claims.state': 'in_review',
  'claims.language': 'ko',
  'messages.author': 'staff',
  'messages.desk': 'counsel',
  'message_threads.desk': 'counsel',
  'mails.state': 'failed',
  'mails.template': 'claim-accepted',
  'mails.language': 'ko',
  'batches.state': 'complete',
  'evidence.state': 'received',
  'evidence_keys.part': 'view',
  'evidence_objects.part': 'view',
  'email_changes.origin': 'staff',
  'needs.kind': 'answer',
  'pack_keys.field': 'paper',
  'wrapped_keys.wrapped_by': 'vault',
  'rights_history.role': 'moderator',
  'rights_history.state': 'active',
  'claim_searches.kind': 'phone',
  'claim_searches.reason': 'telephone',
}
/** What must be empty so that the row is still open to whoever would end it. */
const empty = [
  'email_changes.applied_at',
  'email_changes.stopped_at',
  'erasure_requests.answered_at',
  'recalls.noted_at',
  'news.withdrawn_at',
  // All staff hear of what goes ahead without a second person.
  'approvals.solo_due_at',
]
/** Of the application's own start; a row more would say nothing. */
const notSeeded = ['knex_migrations', 'knex_migrations_lock', 'people', 'matters', 'firms']

/** Puts the row into every table: no trigger, reference or check stands in its way, only what is not null. */
export async function seedWorld(
  { db: { superuser } }: TestDatabase,
  { matterId, firmId, person }: { matterId: string; firmId: string; person: Person },
): Promise<RowWorld> {
  const id = newId()
  const marker = (table: string) => `row-of-${table.replaceAll('_', '-')}`
  const columns = await columnsOf(superuser)
  const tables = [...new Set(columns.map(({ table }) => table))].filter(
    (table) => !notSeeded.includes(table),
  )
  await dropChecks(superuser)
  await superuser.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    for (const table of tables) {
      const row = Object.fromEntries(
        columns
          .filter((one) => one.table === table && one.filled)
          .map((one) => [one.name, valueOf(one)]),
      )
      await tx(table).insert(row).onConflict().ignore()
    }
  })
  return { id, matterId, firmId, marker }

  function valueOf({ table, name, type }: Column): unknown {
    const key = `${table}.${name}`
    if (key in fixed) return fixed[key]
    if (empty.includes(key)) return null
    if (key === 'ledger_private.private') {
      return JSON.stringify({ person: person.id, kind: 'x', at: '', marker: marker(table) })
    }
    if (key === 'sessions_staff.sess') return JSON.stringify({ passport: { user: person.id } })
    if (type === 'uuid') return uuidOf(name)
    if (type === 'uuid[]') return [id]
    if (type === 'bytea') return randomBytes(32)
    if (type === 'boolean') return false
    if (type === 'timestamp with time zone') return new Date()
    if (type === 'date') return '2026-01-01'
    if (type === 'jsonb' || type === 'json') return JSON.stringify({})
    if (type === 'cidr') return '203.0.113.0/24'
    if (type === 'text' || type === 'character varying') return marker(table)
    if (/^(integer|bigint|smallint|numeric|real|double precision)$/.test(type)) return 1
    throw new Error(`no value for ${key}, a ${type}`)
  }

  function uuidOf(name: string): string {
    if (name === 'matter_id') return matterId
    if (name === 'firm_id') return firmId
    return name === 'person_id' || name.endsWith('_by') || name === 'assigned_to' ? person.id : id
  }
}

async function columnsOf(db: Db): Promise<Column[]> {
  const { rows } = await db.raw(
    `select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type,
       a.attgenerated = '' and a.attidentity <> 'a' as filled
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and a.attnum > 0 and not a.attisdropped
     order by 1, a.attnum`,
  )
  return rows as Column[]
}

async function dropChecks(db: Db): Promise<void> {
  const { rows } = await db.raw(
    `select conrelid::regclass::text as table, conname as name from pg_constraint
     where contype = 'c' and connamespace = 'public'::regnamespace`,
  )
  for (const { table, name } of rows as { table: string; name: string }[]) {
    await db.raw('alter table ?? drop constraint ??', [table, name])
  }
}
