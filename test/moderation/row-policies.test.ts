import { asActor } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import type { Person } from '../../server/web/person'
import { makeFirm } from '../support/firm'
import type { FiledClaim } from '../support/filed-claim'
import { openDesk, type Desk } from './desk'

/** The application's own filters are out of the way here: what the database says by itself. */

let desk: Desk
let claim: FiledClaim
let own: Person
let rival: Person
let moderator: Person

beforeAll(async () => {
  desk = await openDesk()
  const { superuser } = desk.database.db
  const { id: matterId, firm_id: firmId } = await superuser('matters')
    .where({ slug: 'test-breach' })
    .first()
  own = await desk.person('counsel', '이도윤', firmId)
  rival = await desk.person('counsel', '상대', await makeFirm(desk.database, 'other-firm'))
  moderator = await desk.person('moderator', '정민호')
  claim = await desk.claim('in_review', { assignedTo: moderator })
  const batch = newId()
  await superuser('batches').insert({
    id: batch,
    matter_id: matterId,
    firm_id: firmId,
    number: 1,
    requested_by: own.id,
    requested_at: new Date(),
  })
  await superuser('batch_claims').insert({
    batch_id: batch,
    claim_id: claim.id,
    firm_id: firmId,
    version: 1,
    row_number: 1,
  })
})
afterAll(() => desk.close())

const guarded = ['claims', 'sealed_records', 'wrapped_keys', 'mails', 'batches', 'batch_claims']

async function seen(actor: Person | null, table: string): Promise<number> {
  const { staff } = desk.database.db
  const rows = actor
    ? await asActor(staff, actor.id, (tx) => tx(table).select())
    : await staff(table).select()
  return rows.length
}

test.each(guarded)('without an actor, %s shows nothing', async (table) => {
  expect(await seen(null, table)).toBe(0)
})

test.each(guarded)('counsel of another firm sees nothing of %s', async (table) => {
  expect(await seen(rival, table)).toBe(0)
})

test('counsel sees the claims of their matters, and never what is sealed or was mailed', async () => {
  for (const table of ['claims', 'batches', 'batch_claims']) {
    expect(await seen(own, table)).toBe(1)
  }
  for (const table of ['sealed_records', 'wrapped_keys', 'mails']) {
    expect(await seen(own, table)).toBe(0)
  }
  for (const table of ['claims', 'sealed_records', 'wrapped_keys', 'mails']) {
    expect(await seen(moderator, table)).toBe(1)
  }
})

test('an account that may not sign in any more sees nothing', async () => {
  const { superuser } = desk.database.db
  await superuser('people').where({ id: moderator.id }).update({ state: 'disabled' })
  for (const table of guarded) expect(await seen(moderator, table)).toBe(0)
  await superuser('people').where({ id: moderator.id }).update({ state: 'active' })
})

test('counsel changes no claim and no mail; nobody rewrites what was filed', async () => {
  const { staff } = desk.database.db
  const update = (actor: Person, table: string, change: object) =>
    asActor(staff, actor.id, (tx) => tx(table).update(change))
  for (const counsel of [own, rival]) {
    expect(await update(counsel, 'claims', { state: 'accepted' })).toBe(0)
    expect(await update(counsel, 'mails', { state: 'queued' })).toBe(0)
  }
  expect(await desk.row(claim)).toMatchObject({ state: 'in_review' })
  for (const change of [
    { number: 'X' },
    { matter_id: claim.id },
    { version: 2 },
    { filed_at: new Date() },
  ]) {
    await expect(update(moderator, 'claims', change)).rejects.toThrow(/permission denied/)
  }
  await expect(asActor(staff, moderator.id, (tx) => tx('sealed_records').delete())).rejects.toThrow(
    /permission denied/,
  )
})

test('a claim of a matter that changed hands is no longer seen by the firm before', async () => {
  const { superuser } = desk.database.db
  const matter = superuser('matters').where({ slug: 'test-breach' })
  await matter.clone().update({ firm_id: rival.firmId })
  expect(await seen(own, 'claims')).toBe(0)
  expect(await seen(rival, 'claims')).toBe(1)
  await matter.clone().update({ firm_id: own.firmId })
})
