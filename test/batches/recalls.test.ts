import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fieldsOf, openChanges, type Changes, type OpenedClaim } from '../claims/changes/opened'
import { makeAccount, signIn } from '../support/account'
import { postForm, type Agent } from '../support/app'
import { unzip } from '../support/archive'
import { download } from '../support/download'
import { makeFirm } from '../support/firm'
import { until } from '../support/until'

let changes: Changes
let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'joinder-recalls-'))
  changes = await openChanges({ env: { JOINDER_HOME: home } })
})
afterAll(async () => {
  await changes.close()
  await rm(home, { recursive: true, force: true })
})

const matter = () => changes.database.db.superuser('matters').where({ slug: 'test-breach' }).first()

/** Asks for a delivery as counsel does, waits for it, and reads its rows by their header. */
async function deliver(counsel: Agent): Promise<{ number: string; rows: string[] }> {
  const page = await counsel.get('/batches').set('Accept', 'text/html')
  const id = /name="request" value="([^"]+)"/.exec(page.text)![1]!
  const shown = await postForm(
    counsel,
    '/batches',
    { matter: (await matter()).id, request: id },
    { from: '/batches' },
  )
  const passphrase = /[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}/.exec(shown.text)![0]
  await until('the delivery is there', async () => {
    const row = await changes.database.db.superuser('batches').where({ id }).first('state')
    return row.state === 'complete'
  })
  const file = await download(counsel, `/batches/${id}/download`, `/batches/${id}`)
  const entries = await unzip(file.body, passphrase)
  const csv = entries['claims.csv']!.toString('utf8')
  return { number: String(file.headers['content-disposition']), rows: csv.trim().split('\r\n') }
}

const accept = (one: OpenedClaim) =>
  changes.put(one.claim, 'accepted', { decided_at: new Date(), assigned_to: null })

async function replace(one: OpenedClaim, change: Record<string, unknown>): Promise<void> {
  const shown = await changes.ask(one, 'answers/show', {}, 'answers')
  const fields = fieldsOf((await one.agent.get(shown.location)).text)
  const done = await changes.ask(one, 'answers', { ...fields, ...change })
  expect(done.location).toContain('?done=replace_answers')
}

test('a firm gets a changed claim again, and hears of those it must not use any more', async () => {
  const firmId = (await matter()).firm_id as string
  const account = await makeAccount(changes.database, { role: 'counsel', name: '박변호', firmId })
  const counsel = await signIn(changes.staff, account)
  const [moved, withdrawn, kept] = [
    await changes.opened(),
    await changes.opened(),
    await changes.opened(),
  ]
  for (const one of [moved, withdrawn, kept]) await accept(one)
  const first = await deliver(counsel)
  expect(first.rows).toHaveLength(4)

  await replace(moved, { home_line2: '1203호' })
  await changes.ask(withdrawn, 'withdraw', { sure: 'yes' })
  const mail = await changes.mailbox.waitFor(
    ({ to, text }) => to === account.email && text.includes('/recalls'),
  )
  expect(mail.text).toContain('/recalls')
  for (const text of [withdrawn.claim.number, withdrawn.email])
    expect(mail.text).not.toContain(text)
  const list = (await counsel.get('/recalls')).text
  expect(list).toContain(withdrawn.claim.number)
  expect(list).toContain('신청인이 철회했습니다')
  for (const one of [moved, kept]) expect(list).not.toContain(one.claim.number)

  // Whoever fetches the same file once more is told as well.
  const { id } = await changes.database.db.superuser('batches').where({ number: 1 }).first('id')
  const page = (await counsel.get(`/batches/${id}`).set('Accept', 'text/html')).text
  expect(page).toContain('1건은 그 뒤에 철회되었거나')
  expect(page).toContain('href="/recalls"')

  // Only what changed comes again, and says where it was before.
  const second = await deliver(counsel)
  expect(second.rows).toHaveLength(2)
  const cells = (line: string) => line.replace('\ufeff', '').slice(1, -1).split('","')
  const header = cells(second.rows[0]!)
  const row = second.rows[1]!
  expect(row).toContain('1203호')
  expect(row).toContain(moved.claim.number)
  const cell = (name: string) => cells(row)[header.indexOf(name)]
  expect([cell('내용 버전'), cell('이전 전달 차수')]).toEqual(['v2', '1'])

  const recall = /name="recall" value="([^"]+)"/.exec(list)![1]!
  const noted = await postForm(counsel, '/recalls', { recall }, { from: '/recalls' })
  expect(noted.headers['location']).toBe('/recalls?noted')
  expect((await counsel.get('/recalls')).text).not.toContain(withdrawn.claim.number)
  expect((await counsel.get('/recalls?view=noted')).text).toContain(withdrawn.claim.number)
  expect(await changes.entries(withdrawn.claim, 'recall.noted')).toHaveLength(1)
})

test('a claim that goes back to its review is recalled, and comes again once it is accepted', async () => {
  const counsel = await changes.staffAgent('counsel', '박변호')
  const one = await changes.opened()
  await accept(one)
  await deliver(counsel)
  await replace(one, { story: '뒤늦게 알게 된 일' })
  expect((await counsel.get('/recalls')).text).toContain(one.claim.number)
  await accept(one)
  const again = await deliver(counsel)
  expect(again.rows.slice(1).join('')).toContain(one.claim.number)
  // Accepted once more without a change of what was sent, it is not delivered twice.
  await changes.put(one.claim, 'in_review')
  await accept(one)
  expect(
    await changes.database.db.superuser('claims_to_deliver').where({ claim_id: one.claim.id }),
  ).toEqual([])
})

test('another firm sees no recall of these and can note none', async () => {
  const firmId = await makeFirm(changes.database, 'other-firm')
  const account = await makeAccount(changes.database, { role: 'counsel', name: '최변호', firmId })
  const other = await signIn(changes.staff, account)
  expect((await other.get('/recalls')).text).toContain('확인하실 신청이 없습니다')
  const { id } = await changes.database.db.superuser('recalls').whereNull('noted_at').first('id')
  await postForm(other, '/recalls', { recall: id }, { from: '/batches' })
  const row = await changes.database.db.superuser('recalls').where({ id }).first()
  expect(row.noted_at).toBeNull()
  // Nor once the case is theirs: who has the claims is the firm before, which still sees and notes it.
  const before = await changes.staffAgent('counsel', '박변호')
  const { superuser } = changes.database.db
  const { id: matterId, firm_id: oldFirm } = await matter()
  await superuser('matters').where({ id: matterId }).update({ firm_id: firmId })
  try {
    expect((await other.get('/recalls')).text).toContain('확인하실 신청이 없습니다')
    expect((await before.get('/recalls')).text).toContain(row.number)
    const noted = await postForm(before, '/recalls', { recall: id }, { from: '/recalls' })
    expect(noted.headers['location']).toBe('/recalls?noted')
  } finally {
    await superuser('matters').where({ id: matterId }).update({ firm_id: oldFirm })
  }
})
