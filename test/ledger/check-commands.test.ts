import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestListener } from 'node:http'
import request from 'supertest'
import { createTestApp, testKeys } from '../support/app'
import { createTestDatabase } from '../support/database'
import { insertEntries, sequencerOf } from '../support/ledger'
import { openSite } from '../support/site'

const versionOf = (tool: string, flag: string) => String(spawnSync(tool, [flag]).stdout ?? '')
const equipped =
  versionOf('curl', '--version') !== '' &&
  versionOf('openssl', 'version').startsWith('OpenSSL 3') &&
  versionOf('python3', '--version') !== ''
const whereToolsAre = equipped ? describe : describe.skip

whereToolsAre('with curl, OpenSSL and Python', () => {
  test('what the page tells people to run proves the ledger, and finds a changed word in it', async () => {
    const keys = testKeys()
    const database = await createTestDatabase()
    let app: RequestListener = () => {}
    const site = await openSite((req, res) => app(req, res))
    const folder = mkdtempSync(join(tmpdir(), 'joinder-commands-'))
    try {
      const env = { PUBLIC_URL: site.url }
      app = createTestApp({ surface: 'public', database, keys, env }).app
      const at = new Date()
      await insertEntries(
        database,
        Array.from({ length: 700 }, () => ({ type: 'claim.filed', matter: 'test', at })),
      )
      await sequencerOf(database, { keys }).settle()

      const { text } = await request(site.url).get('/ledger')
      const commands = [...text.matchAll(/data-copy="([^"]*)"/g)].map(([, escaped]) =>
        escaped!.replace(
          /&(lt|gt|quot|amp|#\d+);/g,
          (_, name: string) => plain[name] ?? coded(name),
        ),
      )
      const starting = (start: string) => commands.find((one) => one.startsWith(start))!
      // The site runs in this process, so what asks it must not hold it up.
      const run = (tool: string, args: string[]) =>
        new Promise<string>((resolve, reject) => {
          execFile(tool, args, { cwd: folder }, (error, out) =>
            error ? reject(error) : resolve(out),
          )
        })
      const [signature, entry] = commands.filter((one) =>
        one.startsWith(`log='${site.url}/ledger'`),
      )
      expect(await run('sh', ['-ec', signature!])).toMatch(/^Signature Verified Successfully\s*$/)
      const lines = (await run('sh', ['-ec', entry!])).trim().split('\n')
      expect(JSON.parse(lines[0]!)).toMatchObject({ type: 'claim.filed', matter: 'test' })
      expect(lines[1]).toMatch(/^[0-9a-f]{64}$/)
      expect(lines[2]).toBe(lines[1])
      expect(await run('python3', ['-c', starting('import base64')])).toBe(
        '700 entries: the same root\n',
      )

      // Somebody with the whole database in hand changes one word of the first entry.
      await database.db.superuser.raw(
        `alter table ledger_entries disable trigger user;
       update ledger_entries set entry = replace(entry, '"test"', '"best"')
       where id = (select entry_id from ledger_leaves where index = 0)`,
      )
      const changed = (await run('sh', ['-ec', entry!])).trim().split('\n')
      expect(changed[2]).toBe(lines[2])
      expect(changed[1]).not.toBe(changed[2])
      expect(await run('python3', ['-c', starting('import base64')])).toBe(
        '700 entries: ANOTHER ROOT\n',
      )
    } finally {
      site.close()
      rmSync(folder, { recursive: true, force: true })
      await database.drop()
    }
  })
})

const plain: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' }
const coded = (name: string) => String.fromCodePoint(Number(name.slice(1)))
