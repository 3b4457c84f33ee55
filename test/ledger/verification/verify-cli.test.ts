import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ensureBuilt } from '../../support/built'
import { livedInLedger, tamper, type LivedInLedger } from './lived-in'

const run = promisify(execFile)
let ledger: LivedInLedger
beforeAll(async () => {
  ;[ledger] = await Promise.all([livedInLedger(), ensureBuilt()])
}, 90_000)
afterAll(() => ledger.close())

/** `npm run ledger:verify` as an operator runs it beside their own database. */
async function verify(change: Record<string, string> = {}) {
  const env = {
    PATH: process.env['PATH'],
    JOINDER_HOME: ledger.database.home,
    DATABASE_URL_WORKER: ledger.database.urls.worker,
    LEDGER_PUBLIC_KEY: ledger.keys.LEDGER_PUBLIC_KEY,
    ...change,
  }
  return run(process.execPath, ['dist/server/ledger/verification/verify-cli.js'], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

test('says that everything is right, how far it is, and by its exit code what is not', async () => {
  const right = await verify()
  expect(right.code).toBe(0)
  expect(right.stdout).toMatch(
    /^Checked \d+ entries, 6 claims, \d+ checkpoints, [\d.]+ s\.\nEverything is as it was signed\.\n$/,
  )
  expect(right.stderr).toContain('100%')

  await tamper(ledger, `update claims set state = 'accepted' where id = ?`, [
    ledger.claims.rejected,
  ])
  const wrong = await verify()
  expect(wrong.code).toBe(1)
  expect(wrong.stdout).toContain(`claim ${ledger.claims.rejected}: the state of the claim is not`)

  const missing = await verify({ LEDGER_PUBLIC_KEY: '' })
  expect(missing.code).toBe(2)
  expect(missing.stderr.trim()).toBe(
    'LEDGER_PUBLIC_KEY is not set; it says whose signature counts.',
  )
})
