import { LedgerStopped, sequenceEntries } from '../server/ledger/sequence-entries'
import type { WorkerDeps } from './deps'
import { startLoop, type Loop } from './loop'

const remindMs = 60_000

/**
 * Places entries about once a second, in one process at a time however many run. When the ledger has to
 * stop, it says why at once and then once a minute.
 */
export function startSequencer(deps: WorkerDeps): Loop {
  const { log, config } = deps
  let saidAt = -Infinity
  return startLoop('sequence-ledger', config.limits.sequencerPollMs, log, async () => {
    try {
      const placed = await sequenceEntries(deps)
      saidAt = -Infinity
      return placed === config.limits.sequencerBatchEntries ? 'again' : undefined
    } catch (err) {
      if (!(err instanceof LedgerStopped)) throw err
      if (Date.now() - saidAt < remindMs) return undefined
      saidAt = Date.now()
      log.error({ err }, 'the ledger signs nothing until an operator has looked')
      return undefined
    }
  })
}
