import { connect } from '../../server/db/connections'
import { verifyLedger } from '../../server/ledger/verification/verify-ledger'

/** Verifies a ledger in a process of its own, so that its peak of memory is its own. */
const [url = '', checkpoints = '', publicKey = ''] = process.argv.slice(2)

async function main(): Promise<void> {
  const db = connect(url, { poolMax: 2, applicationName: 'joinder-ledger-verify' })
  const startedMs = performance.now()
  const { findings, entries, claims } = await verifyLedger({
    db,
    checkpoints,
    publicKeys: [Buffer.from(publicKey, 'base64url')],
  })
  const seconds = (performance.now() - startedMs) / 1000
  await db.destroy()
  // In kilobytes on Linux.
  const peakMb = process.resourceUsage().maxRSS / 1024
  process.send?.({ entries, claims, findings, seconds, peakMb })
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
