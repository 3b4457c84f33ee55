import { plainly } from '../../db/plainly'
import { ledgerSettings } from '../cli-settings'
import { describeFinding } from './finding'
import { progressBar } from './progress-bar'
import { verifyLedger, type Verified } from './verify-ledger'

/**
 * `npm run ledger:verify`: exit code 0 when everything is as it was signed, 1 when something is not, 2
 * when it could not be checked.
 */
async function main(): Promise<number> {
  const { config, db, publicKeys } = await ledgerSettings('joinder-ledger-verify')
  try {
    const startedMs = Date.now()
    const result = await verifyLedger({
      db,
      checkpoints: config.ledgerCheckpoints,
      publicKeys,
      onProgress: progressBar(process.stderr),
    })
    tell(result, (Date.now() - startedMs) / 1000)
    return result.findings.length === 0 ? 0 : 1
  } finally {
    await db.destroy()
  }
}

function tell({ entries, claims, checkpoints, findings, more, notes }: Verified, seconds: number) {
  const counted = [
    `${entries} entries`,
    `${claims} claims`,
    `${checkpoints} checkpoints`,
    `${seconds.toFixed(1)} s`,
  ]
  console.log(`Checked ${counted.join(', ')}.`)
  for (const note of notes) console.log(`Note: ${note}`)
  if (findings.length === 0) return console.log('Everything is as it was signed.')
  console.log('NOT as it was signed:')
  for (const finding of findings) console.log(`  ${describeFinding(finding)}`)
  if (more) console.log('  … and more.')
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(plainly(error))
    process.exitCode = 2
  },
)
