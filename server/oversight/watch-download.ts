import type { Tx } from '../db/connections'
import type { Limits } from '../limits'
import type { Person } from '../web/person'
import { countRule, officeZone, windowsAt } from './alarm-rules'
import { countUp } from './alerts.store'
import { raiseAlert } from './raise-alert'

/** Counts a download of a delivery by one person, in the transaction that records it. */
export async function watchDownload(
  tx: Tx,
  now: Date,
  limits: Pick<Limits, 'nightHours' | 'batchAgainAlarm'>,
  { person, batchId }: { person: Person; batchId: string },
): Promise<void> {
  const { day: since } = windowsAt(now, limits.nightHours, officeZone)
  const count = await countUp(tx, { whose: 'own', kind: 'download', about: batchId, since })
  const alarm = countRule('batch_again', { count, since }, limits.batchAgainAlarm)
  if (alarm) await raiseAlert(tx, now, alarm, { person, subjectId: batchId })
}
