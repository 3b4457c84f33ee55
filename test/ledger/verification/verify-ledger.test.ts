import { appendFile, copyFile, readFile, writeFile } from 'node:fs/promises'
import { randomInt } from 'node:crypto'
import type { Finding } from '../../../server/ledger/verification/finding'
import { describeFinding } from '../../../server/ledger/verification/finding'
import { createLedgerSigner } from '../../../server/vault/ledger-signer'
import { checkpointText, signedNote } from '../../../server/ledger/tree/checkpoint'
import { addLeaf, emptyFrontier, sha256 } from '../../../server/ledger/tree/merkle-root'
import { testKeys } from '../../support/app'
import { livedInLedger, tamper, type LivedInLedger } from './lived-in'

/**
 * Promise: history cannot be changed silently. Everything here is done as the database's superuser, with
 * triggers off, to entries that have their place.
 */
let ledger: LivedInLedger
const tables = [
  'claims',
  'sealed_records',
  'ledger_entries',
  'ledger_private',
  'ledger_salts',
  'ledger_pending',
  'opening_claims',
  'ledger_head',
  'ledger_leaves',
  'ledger_tiles',
  'ledger_origins',
  'ledger_checkpoints',
  'ledger_counts',
]

beforeAll(async () => {
  ledger = await livedInLedger()
  for (const table of tables) await tamper(ledger, `create table kept_${table} as table ${table}`)
  await copyFile(ledger.checkpoints, `${ledger.checkpoints}.kept`)
})
afterAll(() => ledger.close())

/** Puts everything back as it was. */
async function restore(): Promise<void> {
  await tamper(
    ledger,
    tables
      .map((table) => `delete from ${table}`)
      .concat(
        tables.map((table) => `insert into ${table} overriding system value table kept_${table}`),
      )
      .join(';'),
  )
  await copyFile(`${ledger.checkpoints}.kept`, ledger.checkpoints)
}
afterEach(restore)

async function findings(): Promise<Finding[]> {
  return (await ledger.verify()).findings
}
const first = async () => (await findings())[0]

/** A leaf in the middle, with its entry. */
async function leafAt(index: number): Promise<{ entry_id: string }> {
  return ledger.database.db.superuser('ledger_leaves').where({ index }).first('entry_id')
}
async function rows(table: string) {
  return ledger.database.db.superuser(table).select()
}
/** In the way of an exchange for a moment; nothing that a superuser could not lift. */
const dropUnique = () =>
  tamper(ledger, 'alter table ledger_leaves drop constraint if exists ledger_leaves_entry_id_key')
const size = async () =>
  (await ledger.database.db.superuser('ledger_head').first('size')).size as number

test('a ledger that nobody touched is right, and all of it was looked at', async () => {
  const { findings: found, ...counts } = await ledger.verify()
  expect(found).toEqual([])
  expect(counts).toEqual({
    entries: await size(),
    claims: 6,
    checkpoints: (await rows('ledger_checkpoints')).length,
    more: false,
    notes: [],
  })
})

test('an entry was changed', async () => {
  const { entry_id: id } = await leafAt(9)
  await tamper(
    ledger,
    `update ledger_entries set entry = replace(entry, '"v":1', '"v":2') where id = ?`,
    [id],
  )
  expect(await first()).toEqual({ kind: 'entry_changed', index: 9, id })
})

test('an entry was changed and its leaf made to fit', async () => {
  const { entry_id: id } = await leafAt(9)
  await tamper(
    ledger,
    `update ledger_entries set entry = replace(entry, '"v":1', '"v":2') where id = ?`,
    [id],
  )
  await tamper(
    ledger,
    `update ledger_leaves set leaf_hash = sha256('\\x00'::bytea || convert_to(entry, 'UTF8'))
     from ledger_entries e where e.id = entry_id and index = 9`,
  )
  expect((await findings()).map(({ kind, index }) => [kind, index])).toEqual(
    expect.arrayContaining([
      ['tile_changed', 9],
      ['tree_changed', undefined],
    ]),
  )
})

test('entry, leaf and tile were all made to fit: the signed trees still tell, from where on', async () => {
  await tamper(
    ledger,
    `update ledger_entries set entry = replace(entry, '"v":1', '"v":2')
    where id = (select entry_id from ledger_leaves where index = 9)`,
  )
  await tamper(
    ledger,
    `update ledger_leaves set leaf_hash = sha256('\\x00'::bytea || convert_to(entry, 'UTF8'))
     from ledger_entries e where e.id = entry_id and index = 9`,
  )
  await tamper(
    ledger,
    `update ledger_tiles set hashes = overlay(hashes placing
    (select leaf_hash from ledger_leaves where index = 9) from 9 * 32 + 1 for 32) where level = 0`,
  )
  const [found, ...others] = await findings()
  const signed = (await rows('ledger_checkpoints'))
    .map((row) => row.size as number)
    .sort((a, b) => a - b)
  const from = signed.filter((one) => one <= 9).at(-1)!
  const to = signed.find((one) => one > 9)! - 1
  expect(found).toEqual({ kind: 'tree_changed', range: [from, to] })
  expect(describeFinding(found!)).toMatch(`one of the entries ${from} to ${to}: `)
  expect(others).toEqual([])
})

test('an entry was removed', async () => {
  const { entry_id: id } = await leafAt(12)
  await tamper(ledger, 'delete from ledger_entries where id = ?', [id])
  expect(await first()).toEqual({ kind: 'entry_missing', index: 12, id })
})

test('an entry was removed with its leaf', async () => {
  const { entry_id: id } = await leafAt(12)
  await tamper(ledger, 'delete from ledger_leaves where index = 12')
  await tamper(ledger, 'delete from ledger_entries where id = ?', [id])
  expect(await first()).toEqual({ kind: 'leaf_missing', index: 12 })
})

test('an entry was inserted past the ledger', async () => {
  const id = '01900000-0000-7000-8000-000000000000'
  await tamper(
    ledger,
    `insert into ledger_entries select ?, kind, entry, at from ledger_entries limit 1`,
    [id],
  )
  expect(await first()).toEqual({ kind: 'entry_unplaced', id })
})

test('an entry was inserted between two others', async () => {
  const id = '01900000-0000-7000-8000-000000000000'
  await tamper(
    ledger,
    `insert into ledger_entries select ?, kind, entry, at from ledger_entries limit 1`,
    [id],
  )
  await tamper(
    ledger,
    'alter table ledger_leaves drop constraint if exists ledger_leaves_index_check',
  )
  await tamper(ledger, 'update ledger_leaves set index = -index - 2 where index >= 5')
  await tamper(ledger, 'update ledger_leaves set index = -index - 1 where index < 0')
  await tamper(
    ledger,
    `insert into ledger_leaves select 5, id, sha256('\\x00'::bytea || convert_to(entry, 'UTF8')) from ledger_entries where id = ?`,
    [id],
  )
  expect(await first()).toMatchObject({ index: 5 })
})

test('two entries were swapped', async () => {
  const [one, other] = [await leafAt(4), await leafAt(11)]
  await dropUnique()
  await tamper(
    ledger,
    `update ledger_leaves set entry_id = case index when 4 then ?::uuid else ?::uuid end where index in (4, 11)`,
    [other.entry_id, one.entry_id],
  )
  expect(await first()).toEqual({ kind: 'entry_changed', index: 4, id: other.entry_id })
})

test('the tail was cut off, everything in the database agreeing', async () => {
  const all = await size()
  const signed = (await rows('ledger_checkpoints'))
    .map((row) => row.size as number)
    .sort((a, b) => a - b)
  const cut = signed.at(-2)!
  await cutTail(cut)
  const found = await findings()
  expect(found[0]).toMatchObject({ kind: 'entries_lost', index: cut })
  expect(describeFinding(found[0]!)).toContain(`${all} was signed, ${cut} are there`)
})

/** What a careful thief of history would do: every table as it was when the tree had `cut` entries. */
async function cutTail(cut: number): Promise<void> {
  const db = ledger.database.db.superuser
  const note = (await db('ledger_checkpoints').where({ size: cut }).first('note')) as {
    note: string
  }
  expect(note.note).toContain(`\n${cut}\n`)
  const frontier = emptyFrontier()
  for (const { leaf_hash } of await db('ledger_leaves').where('index', '<', cut).orderBy('index')) {
    addLeaf(frontier, leaf_hash as Buffer)
  }
  for (const sql of [
    `delete from ledger_entries e using ledger_leaves l where l.entry_id = e.id and l.index >= ${cut}`,
    `delete from ledger_private p using ledger_leaves l where l.entry_id = p.entry_id and l.index >= ${cut}`,
    `delete from ledger_salts s using ledger_leaves l where l.entry_id = s.entry_id and l.index >= ${cut}`,
    `delete from opening_claims o using ledger_leaves l where l.entry_id = o.entry_id and l.index >= ${cut}`,
    `delete from ledger_leaves where index >= ${cut}`,
    `delete from ledger_checkpoints where size > ${cut}`,
    `update ledger_tiles set hashes = substring(hashes from 1 for ${cut} * 32) where level = 0`,
    `update claims set state = 'verified' where state in ('accepted', 'rejected', 'in_review')`,
  ]) {
    await tamper(ledger, sql)
  }
  await tamper(ledger, 'update ledger_head set size = ?, peaks = ?', [
    cut,
    Buffer.concat(frontier.peaks),
  ])
}

test('a salt was replaced', async () => {
  const { entry_id: id } = await leafAt(7)
  await tamper(ledger, 'update ledger_salts set salt = ? where entry_id = ?', [
    Buffer.alloc(32, 7),
    id,
  ])
  expect(await findings()).toEqual([{ kind: 'commitment_broken', index: 7, id }])
})

test('a salt was destroyed though its claim was not erased', async () => {
  const { entry_id: id } = await leafAt(7)
  await tamper(ledger, 'delete from ledger_salts where entry_id = ?', [id])
  expect(await findings()).toEqual([{ kind: 'salt_missing', index: 7, id }])
})

test('a private part was changed, and what stands beside an entry', async () => {
  const { entry_id: id } = await leafAt(7)
  await tamper(
    ledger,
    `update ledger_private set private = replace(private, ':1', ':2') where entry_id = ?`,
    [id],
  )
  expect(await first()).toEqual({ kind: 'commitment_broken', index: 7, id })
  await restore()
  await tamper(ledger, `update ledger_entries set kind = 'claim.withdrawn' where id = ?`, [id])
  expect(await first()).toEqual({ kind: 'label_changed', index: 7, id })
  await restore()
  await tamper(ledger, `update ledger_entries set at = at - interval '1 day' where id = ?`, [id])
  expect(await first()).toEqual({ kind: 'label_changed', index: 7, id })
})

describe('a checkpoint was forged', () => {
  const forge = async (secret: string) => {
    const key = createLedgerSigner({ ledgerKey: secret })
    const origin = 'joinder.localhost/ledger'
    const text = checkpointText({ origin, size: await size(), root: Buffer.alloc(32, 1) })
    return signedNote(text, { origin, publicKey: key.publicKey }, { sha256, sign: key.sign })
  }

  test('in the database, by another key', async () => {
    const note = await forge(testKeys().LEDGER_KEY)
    await tamper(ledger, 'update ledger_checkpoints set note = ? where size = ?', [
      note,
      await size(),
    ])
    expect(await findings()).toEqual([
      { kind: 'checkpoint_forged', detail: `of ${await size()} entries` },
    ])
  })

  test('in the database, together with the key', async () => {
    const other = createLedgerSigner({ ledgerKey: testKeys().LEDGER_KEY })
    await tamper(ledger, 'update ledger_origins set public_key = ?', [other.publicKey])
    expect((await findings()).map(({ kind }) => kind)).toContain('origin_unknown')
  })

  test('in the file', async () => {
    const lines = (await readFile(ledger.checkpoints, 'utf8')).trim().split('\n')
    const last = JSON.parse(lines.at(-1)!) as { key: string; note: string }
    const forged = { ...last, note: await forge(testKeys().LEDGER_KEY) }
    await writeFile(
      ledger.checkpoints,
      `${[...lines.slice(0, -1), JSON.stringify(forged)].join('\n')}\n`,
    )
    expect((await findings())[0]).toMatchObject({ kind: 'checkpoint_forged' })
  })

  test('even by the right key: two trees of one size', async () => {
    const note = await forge(ledger.keys.LEDGER_KEY)
    await tamper(ledger, 'update ledger_checkpoints set note = ? where size = ?', [
      note,
      await size(),
    ])
    expect((await findings())[0]).toMatchObject({ kind: 'tree_changed' })
  })
})

test('checkpoints were removed, here or there', async () => {
  await tamper(
    ledger,
    `delete from ledger_checkpoints where size = (select min(size) from ledger_checkpoints where size > 0)`,
  )
  expect((await findings()).map(({ kind }) => kind)).toEqual(['checkpoint_missing'])
  await restore()
  const lines = (await readFile(ledger.checkpoints, 'utf8')).split('\n')
  await writeFile(ledger.checkpoints, lines.filter((_, at) => at !== 3).join('\n'))
  expect((await findings()).map(({ kind }) => kind)).toEqual(['checkpoint_missing'])
  await writeFile(ledger.checkpoints, '')
  expect((await findings()).map(({ kind }) => kind)).toEqual(['checkpoint_missing'])
})

test('the state of a claim was edited', async () => {
  const { rejected } = ledger.claims
  await tamper(ledger, `update claims set state = 'accepted' where id = ?`, [rejected])
  expect(await findings()).toEqual([
    {
      kind: 'claim_state_changed',
      id: `claim ${rejected}`,
      detail: 'it says accepted, its entries rejected',
    },
  ])
})

test('what a claimant sent was exchanged, or is gone', async () => {
  const { accepted, corrected } = ledger.claims
  await tamper(
    ledger,
    `update sealed_records set (ciphertext, sha256) =
       (select ciphertext, sha256 from sealed_records where claim_id = ? and version = 1)
     where claim_id = ?`,
    [corrected, accepted],
  )
  expect(await findings()).toEqual([
    { kind: 'claim_record_changed', id: `claim ${accepted}`, detail: 'version 1' },
  ])
  await restore()
  await tamper(ledger, 'delete from sealed_records where claim_id = ? and version = 2', [corrected])
  expect(await findings()).toEqual([
    { kind: 'claim_record_changed', id: `claim ${corrected}`, detail: 'version 2' },
  ])
})

test('a claim was removed, or made without the ledger', async () => {
  const { open } = ledger.claims
  await tamper(ledger, 'delete from claims where id = ?', [open])
  expect(await findings()).toContainEqual({ kind: 'claim_missing', id: `claim ${open}` })
  await restore()
  const id = '01900000-0000-7000-8000-00000000000a'
  await tamper(
    ledger,
    `insert into claims (id, number, matter_id, firm_id, form_version, language, state, submission, filed_at)
     select ?, 'FORGED', matter_id, firm_id, form_version, language, 'accepted', sha256(submission), filed_at from claims limit 1`,
    [id],
  )
  expect((await findings()).map((one) => [one.kind, one.id])).toContainEqual([
    'claim_state_changed',
    `claim ${id}`,
  ])
})

test('who looked was edited', async () => {
  const found = await ledger.database.db
    .superuser('opening_claims as o')
    .join('ledger_leaves as l', 'l.entry_id', 'o.entry_id')
    .select('o.entry_id', 'o.claim_id', 'l.index')
  for (const { entry_id: id, claim_id: claimId, index } of [found[0], found.at(-1)]) {
    await tamper(ledger, 'delete from opening_claims where entry_id = ? and claim_id = ?', [
      id,
      claimId,
    ])
    expect(await findings()).toEqual([{ kind: 'opening_changed', index, id }])
    await restore()
  }
})

test('counts and tiles that the public sees were edited', async () => {
  await tamper(ledger, 'update ledger_counts set count = count + 1')
  expect((await first())!.kind).toBe('counts_changed')
  await restore()
  await tamper(
    ledger,
    `update ledger_tiles set hashes = overlay(hashes placing '\\xff'::bytea from 6 * 32 + 1 for 1)`,
  )
  expect(await first()).toMatchObject({ kind: 'tile_changed', index: 6 })
})

test('a torn last line of the file is no fault', async () => {
  await appendFile(ledger.checkpoints, '{"key":"AAAA","no')
  expect(await findings()).toEqual([])
})

test('of two hundred changes, each is found', async () => {
  const ends = await size()
  const at = () => randomInt(ends)
  const entryAt = (index: number) => `(select entry_id from ledger_leaves where index = ${index})`
  const flip = (column: string, position: number) =>
    `set_byte(${column}, ${position}, get_byte(${column}, ${position}) # 1)`
  const ways: Record<string, () => string> = {
    'an entry': () =>
      `update ledger_entries set entry = convert_from(${flip(`convert_to(entry, 'UTF8')`, randomInt(100))}, 'UTF8') where id = ${entryAt(at())}`,
    'a private part': () =>
      `update ledger_private set private = convert_from(${flip(`convert_to(private, 'UTF8')`, randomInt(60))}, 'UTF8') where entry_id = ${entryAt(at())}`,
    'a salt': () =>
      `update ledger_salts set salt = ${flip('salt', randomInt(32))} where entry_id = ${entryAt(at())}`,
    'a leaf': () =>
      `update ledger_leaves set leaf_hash = ${flip('leaf_hash', randomInt(32))} where index = ${at()}`,
    'a tile': () => `update ledger_tiles set hashes = ${flip('hashes', randomInt(ends * 32))}`,
    'a lost entry': () => `delete from ledger_entries where id = ${entryAt(at())}`,
    'a lost private part': () => `delete from ledger_private where entry_id = ${entryAt(at())}`,
    'a lost leaf': () => `delete from ledger_leaves where index = ${at()}`,
    'a moved time': () =>
      `update ledger_entries set at = at + interval '1 ms' where id = ${entryAt(at())}`,
    'an exchanged kind': () =>
      `update ledger_entries set kind = kind || 'x' where id = ${entryAt(at())}`,
    'a signed note': () =>
      `update ledger_checkpoints set note = convert_from(${flip(`convert_to(note, 'UTF8')`, randomInt(150))}, 'UTF8')
       where size = (select size from ledger_checkpoints order by random() limit 1)`,
    'two in another order': () => {
      const one = at()
      const other = (one + 1 + randomInt(ends - 1)) % ends
      return `update ledger_leaves a set entry_id = b.entry_id, leaf_hash = b.leaf_hash from ledger_leaves b
        where (a.index, b.index) in ((${one}, ${other}), (${other}, ${one}))`
    },
  }
  await dropUnique()
  // Reads the private part as JSON, and would refuse some of the changes before they are looked for.
  await tamper(ledger, 'drop index ledger_private_batch')
  const missed: string[] = []
  const names = Object.keys(ways)
  for (let turn = 0; turn < 200; turn++) {
    const name = names[turn % names.length]!
    const sql = ways[name]!()
    const changed = await tamper(ledger, sql)
    if (changed === 0 || (await findings()).length === 0) missed.push(`${name}: ${sql}`)
    await restore()
  }
  expect(missed).toEqual([])
}, 60_000)
