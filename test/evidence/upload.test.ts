import { createHash } from 'node:crypto'
import { openPortal, type Portal } from '../claims/access/portal'
import { claimantOf, photo, settled, upload } from './uploads'

let portal: Portal
beforeAll(async () => {
  portal = await openPortal()
})
afterAll(() => portal.close())

const table = (name: string) => portal.database.db.superuser(name)

test('a photo is listed with its Korean name, size and hash once it was read back from the store', async () => {
  const me = await claimantOf(portal)
  const bytes = await photo()
  const sent = await upload(me, { name: '유출 안내 문자.jpg', bytes })
  expect([sent.status, sent.headers['location']]).toEqual([303, `${me.path}#list`])
  const list = await settled(me)
  expect(list).toContain('유출 안내 문자.jpg')
  expect(list).toContain(createHash('sha256').update(bytes).digest('hex'))
  expect(list).toContain('받았음')
  const entries = await table('ledger_private').where({ claim_id: me.claim.id })
  const added = entries
    .map((row) => JSON.parse(row.private))
    .find((facts) => facts.kind === 'evidence.added')
  expect(added).toMatchObject({
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    type: 'jpeg',
  })
  expect(JSON.stringify(entries)).not.toContain('유출 안내')
})
