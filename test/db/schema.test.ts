import { createTestDatabase, type TestDatabase } from '../support/database'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

async function rows<T>(sql: string): Promise<T[]> {
  return ((await database.db.superuser.raw(sql)) as { rows: T[] }).rows
}

/** knex's own lock table, which only the migrator uses. */
const ofMigratorAlone = ['knex_migrations_lock']

test('a table without explicit grants is a mistake', async () => {
  const found = await rows<{ name: string; used: boolean }>(`
    select c.relname as name, bool_or(
      has_table_privilege(login, c.oid, 'select, insert, update, delete')
      or has_any_column_privilege(login, c.oid, 'select, insert, update')) as used
    from pg_class c, unnest(array['joinder_public', 'joinder_staff', 'joinder_worker']) login
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    group by 1 order by 1`)
  expect(found.length).toBeGreaterThan(10)
  const unused = found.filter(({ used }) => !used).map(({ name }) => name)
  expect(unused).toEqual(ofMigratorAlone)
})

test('nobody has a right just for being there', async () => {
  const found = await rows(`
    select c.relname, a.privilege_type from pg_class c, aclexplode(c.relacl) a
    where c.relnamespace = 'public'::regnamespace and a.grantee = 0
    union all
    select t.attrelid::regclass::text, a.privilege_type from pg_attribute t, aclexplode(t.attacl) a
    where a.grantee = 0 and t.attrelid in
      (select oid from pg_class where relnamespace = 'public'::regnamespace)
    union all
    select n.nspname, a.privilege_type from pg_namespace n, aclexplode(n.nspacl) a
    where n.nspname in ('public', 'bullmq') and a.grantee = 0
    union all
    select d.datname, a.privilege_type from pg_database d, aclexplode(d.datacl) a
    where d.datname = current_database() and a.grantee = 0`)
  expect(found).toEqual([])
})

test('no login may change the schema, empty a table or hang a trigger on it', async () => {
  const found = await rows(`
    select login, c.relname from pg_class c,
      unnest(array['joinder_public', 'joinder_staff', 'joinder_worker']) login
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and has_table_privilege(login, c.oid, 'truncate, trigger, references')
    union all
    select login, n.nspname from pg_namespace n,
      unnest(array['joinder_public', 'joinder_staff', 'joinder_worker']) login
    where n.nspname = 'public' and has_schema_privilege(login, n.oid, 'create')
    union all
    select login, current_database() from
      unnest(array['joinder_public', 'joinder_staff', 'joinder_worker']) login
    where has_database_privilege(login, current_database(), 'create')
      -- BullMQ adds jobs in bulk by way of temporary tables
      or (login <> 'joinder_worker' and has_database_privilege(login, current_database(), 'temporary'))`)
  expect(found).toEqual([])
})

test('the queue belongs to the worker alone', async () => {
  const found = await rows(`
    select login from unnest(array['joinder_public', 'joinder_staff', 'joinder_migrator']) login
    where has_schema_privilege(login, 'bullmq', 'usage')`)
  expect(found).toEqual([])
})

test('the public login cannot read an answer or a key back', async () => {
  for (const table of ['sealed_records', 'wrapped_keys', 'people']) {
    const read = database.db.public(table).select('*')
    await expect(read).rejects.toMatchObject({ code: '42501' })
  }
})

test('each foreign key has an index that begins with one of its columns', async () => {
  const missing = await rows(`
    select c.conrelid::regclass::text as table, c.conname as key
    from pg_constraint c
    where c.contype = 'f' and c.connamespace = 'public'::regnamespace and not exists (
      select from pg_index i
      where i.indrelid = c.conrelid and i.indisvalid
        and i.indkey[0] = any (c.conkey)
        and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) like '%IS NOT NULL%'))`)
  expect(missing).toEqual([])
})

test('text that must be unique is compared byte by byte, whatever the server believes about languages', async () => {
  const found = await rows(`
    select distinct i.indexrelid::regclass::text as index, a.attname as column
    from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    join pg_collation l on l.oid = a.attcollation
    join pg_class c on c.oid = i.indrelid
    where i.indisunique and c.relnamespace = 'public'::regnamespace
      and c.relname not like 'knex%' and l.collname <> 'C'`)
  expect(found).toEqual([])
})
