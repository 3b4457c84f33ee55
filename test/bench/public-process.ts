import { createServer } from 'node:http'
import { createApp } from '../../server/app'
import { loadProcessConfig } from '../../server/config'
import { connect } from '../../server/db/connections'
import { systemClock } from '../../server/kernel/clock'
import { createLog } from '../../server/web/log'

/**
 * The shipped public surface in a process of its own, as in production, but for the limits per address:
 * here one address is the whole country. Its log goes to /dev/null, written all the same.
 */
const unlimited = { points: 1_000_000_000, seconds: 1 }
const config = loadProcessConfig(process.env, 'public')
const rate = Object.fromEntries(
  Object.keys(config.limits.rate).map((name) => [name, unlimited]),
) as typeof config.limits.rate
config.limits = { ...config.limits, rate }

const db = connect(config.databaseUrl, {
  poolMax: config.limits.poolMax,
  applicationName: 'joinder-public',
})
const log = createLog(config)
const server = createServer(createApp({ config, db, clock: systemClock, log }))
server.listen(config.port, config.host, () => process.send?.('listening'))
process.on('disconnect', () => process.exit(0))
