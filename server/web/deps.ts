import type { ProcessConfig } from '../config'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import type { Log } from './log'
import type { Person } from './person'

/** Everything a surface is built from. Made in one place at start (or by a test) and handed down. */
export interface AppDeps {
  config: ProcessConfig
  db: Db
  /** A pool for health checks alone, so that a full main pool shows as such. */
  healthDb?: Db
  /** The vault's own small pool, so that a busy site cannot keep an opening from being recorded. */
  vaultDb?: Db
  clock: Clock
  log: Log
  /** The person of a staff session who asks from this network address, or null once they may no longer sign in. */
  findPerson?: (id: string, address: string) => Promise<Person | null>
  /** Hears of a text that no language file has; a test throws here. By default it is logged. */
  onMissingText?: (key: string) => void
}
