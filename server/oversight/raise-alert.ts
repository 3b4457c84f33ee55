import type { Tx } from '../db/connections'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { addIntent } from '../outbox/add-intent'
import type { Role } from '../web/person'
import type { Alarm } from './alarm-rules'
import { insertAlert } from './alerts.store'

/** Whom an alert is about; null: somebody on the public surface. */
export interface AlertAbout {
  person: { id: string; role: Role } | null
  /** a batch */
  subjectId?: string
}

/**
 * Raises an alert in the transaction of what set it off: from its commit on it stands on every page of the
 * administrators, and the worker mails each of them.
 */
export async function raiseAlert(
  tx: Tx,
  now: Date,
  { kind, count, most, since }: Alarm,
  { person, subjectId }: AlertAbout,
): Promise<void> {
  const id = newId(now.getTime())
  await insertAlert(tx, {
    id,
    kind,
    person_id: person?.id ?? null,
    role: person?.role ?? null,
    subject_id: subjectId ?? null,
    at: now,
    count,
    most,
    since,
  })
  await appendEntry(tx, now, {
    kind: 'alert.raised',
    private: { alert: id, about: kind, person: person?.id ?? null, count, most },
  })
  await addIntent(tx, 'tell-of-alert', { alertId: id })
}
