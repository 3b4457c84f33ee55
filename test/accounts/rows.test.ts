import { personFinder } from '../../server/accounts/find-person'
import { asActor } from '../../server/db/connections'
import { declarationsOf } from '../../server/web/declared-routes'
import type { Person } from '../../server/web/person'
import { createTestApp, csrfFrom, testKeys, type Agent } from '../support/app'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { makeFirm } from '../support/firm'
import { loadTestMatters } from '../support/test-matters'
import { publicColumns, staffRows, viewers, type Viewer } from './row-rules'
import { seedWorld, type RowWorld } from './row-world'

/** The filters of the application are off here: what the database says by itself, of every table there is. */
let database: TestDatabase
let world: RowWorld
const keys = testKeys()
let people: Record<Exclude<Viewer, 'nobody'>, TestAccount>

beforeAll(async () => {
  database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  const matter = await database.db.superuser('matters').where({ slug: 'test-breach' }).first()
  const rivalFirm = await makeFirm(database, 'other-firm')
  const make = (role: Person['role'], name: string, firmId: string | null = null) =>
    makeAccount(database, { role, name, firmId })
  people = {
    own: await make('counsel', '이도윤', matter.firm_id),
    rival: await make('counsel', '상대', rivalFirm),
    moderator: await make('moderator', '정민호'),
    colleague: await make('moderator', '동료'),
    administrator: await make('administrator', '한서연'),
    ended: await make('administrator', '떠난'),
  }
  world = await seedWorld(database, {
    matterId: matter.id,
    firmId: matter.firm_id,
    person: people.moderator,
  })
  await database.db.superuser('people').where({ id: people.ended.id }).update({ state: 'disabled' })
})
afterAll(() => database.drop())

interface Granted {
  table: string
  reads: boolean
  columns: string | null
  updates: string | null
  deletes: boolean
}

/** What a login may do with each table, from the catalogue. */
async function granted(login: string): Promise<Granted[]> {
  const { rows } = await database.db.superuser.raw(
    `select c.relname as table, has_any_column_privilege(:login, c.oid, 'select') as reads,
       (select string_agg(attname, ' ' order by attname collate "C") from pg_attribute a
        where a.attrelid = c.oid and attnum > 0 and not attisdropped
          and has_column_privilege(:login, c.oid, attnum, 'select')) as columns,
       (select attname from pg_attribute a
        where a.attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = ''
          and has_column_privilege(:login, c.oid, attnum, 'update') limit 1) as updates,
       has_table_privilege(:login, c.oid, 'delete') as deletes
     from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') order by 1`,
    { login },
  )
  return rows as Granted[]
}

const as = <T>(viewer: Viewer, work: Parameters<typeof asActor<T>>[2]) =>
  viewer === 'nobody'
    ? database.db.staff.transaction(work)
    : asActor(database.db.staff, people[viewer].id, work)

test('every table that the staff surface may read shows its rows to whom it says, and to nobody else', async () => {
  const readable = (await granted('joinder_staff')).filter(({ reads }) => reads)
  expect(readable.map(({ table }) => table)).toEqual(Object.keys(staffRows).sort())
  const wrong: string[] = []
  for (const viewer of viewers) {
    await as(viewer, async (tx) => {
      for (const { table, columns } of readable) {
        const found = await tx(table).first(columns!.split(' ')[0]!)
        if ((found !== undefined) !== staffRows[table]!.includes(viewer)) {
          wrong.push(`${table}: ${viewer} sees ${found === undefined ? 'nothing' : 'it'}`)
        }
      }
    })
  }
  expect(wrong).toEqual([])
})

test('a firm that has the matter since does not get what the firm before it was given', async () => {
  const { superuser } = database.db
  const { rows } = await superuser.raw(
    `select c.relname as table from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = 'firm_id'
       and c.relrowsecurity and has_table_privilege('joinder_staff', c.oid, 'select')`,
  )
  const named = (rows as { table: string }[]).map(({ table }) => table)
  // Claims stay with their matter, behind their masks; news are public; the rest is of nobody's clients.
  const others = ['claims', 'news', 'people', 'firm_networks', 'rights_history', 'message_threads']
  const ofFirm = named.filter((table) => !others.includes(table))
  expect(ofFirm).toEqual(expect.arrayContaining(['batches', 'messages', 'recalls']))
  const matter = superuser('matters').where({ slug: 'test-breach' })
  await matter.clone().update({ firm_id: people.rival.firmId })
  try {
    for (const table of [...ofFirm, 'batch_claims', 'message_keys', 'papers', 'pack_keys']) {
      expect([table, await as('rival', (tx) => tx(table).select())]).toEqual([table, []])
    }
  } finally {
    await matter.clone().update({ firm_id: people.own.firmId })
  }
})

test('nobody changes or deletes a row that they do not see', async () => {
  const { staff } = database.db
  const wrong: string[] = []
  const outsiders: Viewer[] = ['nobody', 'rival', 'ended']
  const seen = new Set(['people', 'growing_waits', 'rate_limits'])
  for (const { table, updates, deletes } of await granted('joinder_staff')) {
    for (const viewer of outsiders) {
      if (seen.has(table) || (viewer === 'nobody' && staffRows[table]?.includes('nobody'))) continue
      const tries = [
        ...(updates
          ? [(tx: typeof staff) => tx(table).update({ [updates]: tx.ref(updates) })]
          : []),
        ...(deletes ? [(tx: typeof staff) => tx(table).delete()] : []),
      ]
      for (const one of tries) {
        const changed = await as(viewer, (tx) => one(tx)).catch((error: { code?: string }) =>
          error.code === '42501' ? 0 : `failed with ${error.code}`,
        )
        if (changed !== 0) wrong.push(`${table}: ${viewer} changed ${changed}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('rights are given by another administrator, whatever the application would let through', async () => {
  const tries: [Viewer, keyof typeof people, object][] = [
    ['rival', 'rival', { role: 'administrator' }],
    ['moderator', 'moderator', { role: 'administrator' }],
    ['administrator', 'administrator', { role: 'moderator' }],
    ['moderator', 'colleague', { state: 'disabled' }],
    ['rival', 'own', { password_hash: 'mine' }],
    ['ended', 'ended', { state: 'active' }],
  ]
  for (const [by, whose, change] of tries) {
    const where = { id: people[whose].id }
    const before = await database.db.superuser('people').where(where).first()
    await as(by, (tx) => tx('people').where(where).update(change)).catch(() => {})
    expect(await database.db.superuser('people').where(where).first()).toEqual(before)
  }
  const row = { id: world.id, email: 'new@example.com', name: '새', role: 'administrator' }
  const added = as('rival', (tx) =>
    tx('people').insert({ ...row, language: 'ko', state: 'active', created_at: new Date() }),
  )
  await expect(added).rejects.toMatchObject({ code: '42501' })
})

test('the public surface reads of each table what it says, and nothing that is sealed', async () => {
  const readable = (await granted('joinder_public')).filter(({ columns }) => columns !== null)
  expect(Object.fromEntries(readable.map(({ table, columns }) => [table, columns]))).toEqual(
    publicColumns,
  )
  const sealed = /^(box|about|wrapped|why|public_key)$|ciphertext|email|name$/
  const told = readable.flatMap(({ table, columns }) =>
    columns!.split(' ').flatMap((column) => (sealed.test(column) ? [`${table}.${column}`] : [])),
  )
  // A draft opens with its browser's cookie alone; the other is the key that checkpoints are checked with.
  expect(told.filter((one) => !one.startsWith('knex_'))).toEqual([
    'drafts.ciphertext',
    'ledger_origins.public_key',
  ])
})

/** Somebody whom the application takes for somebody else: its guard and its filters say yes to everything. */
async function takenFor(account: TestAccount, role: Person['role'], firmId: string | null) {
  const find = personFinder(database.db.staff)
  const app = createTestApp({
    surface: 'staff',
    database,
    keys,
    findPerson: async (id, address) => {
      const person = (await find(id, address)) ?? { id, name: account.name, role, firmId }
      return { ...person, role, firmId, outside: false }
    },
  })
  await database.db.superuser('people').where({ id: account.id }).update({ state: 'active' })
  const agent = await signIn(app, account)
  return { app: app.app, agent }
}

/** Enough for forms to reach the verb behind them. */
const fields = {
  purpose: 'review',
  decision: 'accept',
  revision: '1',
  reason: 'telephone',
  answer: 'granted',
  text: 'x',
  what: '010-1234-5678',
  why: 'x',
  email: 'a@example.com',
  name: '가',
  role: 'moderator',
  language: 'ko',
  act: 'approve',
  identified: 'papers',
  network: '203.0.113.0/24',
  size: '5',
  passphrase: 'four quiet lamps here',
  titleKo: '가',
  titleEn: 'a',
  textKo: '가',
  textEn: 'a',
}

/** Every route of a role. @returns those whose answer shows something of a row that a policy guards */
async function askForAll(
  app: Parameters<typeof declarationsOf>[0],
  agent: Agent,
  role: Person['role'],
) {
  const token = csrfFrom((await agent.get('/account').set('Accept', 'text/html')).text)
  const shown: string[] = []
  for (const { method, path, who } of declarationsOf(app)) {
    if (who === 'anyone' || (who !== 'signed-in' && !who.includes(role))) continue
    const url = path
      .replace('/people/:id', `/people/${people.moderator.id}`)
      .replace(':matter', 'test-breach')
      .replace(':page', '1')
      .replaceAll(/:\w+/g, world.id)
    const answer =
      method === 'get'
        ? await agent.get(url).set('Accept', 'text/html')
        : await agent
            .post(url)
            .type('form')
            .set('Accept', 'text/html')
            .send({ ...fields, _csrf: token })
    const told = /row-of-[a-z-]+/.exec(answer.text ?? '')?.[0]
    if (told) shown.push(`${method} ${path}: ${told}`)
  }
  return shown
}

test('with its guard and filters off, no route shows or changes a row of others', async () => {
  const { superuser } = database.db
  // What acting itself writes: sign-ins, counters, entries, and mails to those who run the portal.
  const busy = new Set(['sessions_staff', 'known_devices', 'ledger_entries', 'ledger_private'])
  const kept = [
    'ledger_salts',
    'ledger_pending',
    'opening_budgets',
    'totp_factors',
    'recovery_codes',
    'mails',
    'outbox',
  ]
  for (const table of [
    ...kept,
    'growing_waits',
    'rate_limits',
    'ended_sessions',
    'alerts',
    'watch_counts',
  ])
    busy.add(table)
  const tables = (await granted('joinder_staff')).map(({ table }) => table)
  const state = async () => {
    const all: Record<string, string> = {}
    for (const table of tables.filter((name) => !busy.has(name) && !name.startsWith('knex'))) {
      const { rows } = await superuser.raw(
        `select coalesce(md5(string_agg(t::text, ',' order by t::text)), '') as hash from ?? t`,
        [table],
      )
      all[table] = rows[0].hash
    }
    return all
  }
  const { firmId } = people.own
  for (const [viewer, role, firm] of [
    ['rival', 'administrator', null],
    ['rival', 'counsel', firmId],
    ['ended', 'administrator', null],
  ] as const) {
    const { app, agent } = await takenFor(people[viewer], role, firm)
    if (viewer === 'ended') {
      await superuser('people').where({ id: people.ended.id }).update({ state: 'disabled' })
    }
    const before = await state()
    expect([viewer, role, await askForAll(app, agent, role)]).toEqual([viewer, role, []])
    const after = await state()
    expect([viewer, role, changed(before, after)]).toEqual([viewer, role, []])
  }
  // Whoever may, does see them: this test would notice.
  const { app, agent } = await takenFor(people.administrator, 'administrator', null)
  expect((await askForAll(app, agent, 'administrator')).length).toBeGreaterThan(3)
}, 60_000)

function changed(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(after).filter((table) => before[table] !== after[table])
}
