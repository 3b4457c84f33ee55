import type { Tx } from '../db/connections'
import { intents, type JobName, type Payload } from './intents'

/**
 * Writes down, in the transaction of the change itself, what has to happen after its commit: the job
 * exists if and only if the change does. The worker's relay hands the row to the queue.
 * @throws ZodError when the payload holds anything but the ids of that job
 */
export async function addIntent<Name extends JobName>(
  tx: Tx,
  job: Name,
  payload: Payload<Name>,
): Promise<void> {
  const ids = intents[job].parse(payload)
  // The database's own time: the age of a waiting row is judged by the same clock.
  await tx('outbox').insert({ job, payload: JSON.stringify(ids), created_at: tx.fn.now() })
}
