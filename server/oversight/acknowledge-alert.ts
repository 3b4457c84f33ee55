import { createHash } from 'node:crypto'
import { hasOtherAdministrator } from '../accounts/list-staff'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { parseText } from '../messages/message-text'
import type { StaffSecrets } from '../vault/staff-secrets'
import type { Person } from '../web/person'
import * as store from './alerts.store'

export interface Acknowledgement {
  outcome: store.AlertOutcome
  statement: string
}

export type AcknowledgeErrors = Partial<
  Record<'outcome' | 'statement', 'missing' | 'long' | 'resident_number'>
>

/** What an administrator found and says about it, or what of it is missing. */
export function parseAcknowledgement(
  body: Record<string, unknown>,
  mostChars: number,
): { ok: true; value: Acknowledgement } | { ok: false; errors: AcknowledgeErrors } {
  const outcome = store.alertOutcomes.find((one) => one === body['outcome'])
  const statement = parseText(body['statement'], mostChars)
  if (outcome && statement.ok) return { ok: true, value: { outcome, statement: statement.text } }
  return {
    ok: false,
    errors: {
      ...(!outcome && { outcome: 'missing' as const }),
      ...(!statement.ok && { statement: statement.error }),
    },
  }
}

/**
 * An administrator has looked into an alert and says what it was, once and for good. Nobody closes an alert
 * about themself, unless there is no other administrator.
 * @returns `stale`: somebody was faster, and nothing was changed; `own`: another has to
 * @throws Problem('not_found')
 */
export async function acknowledgeAlert(
  { db, clock, secrets }: { db: Db; clock: Clock; secrets: StaffSecrets },
  person: Person,
  alertId: string,
  { outcome, statement }: Acknowledgement,
): Promise<'acknowledged' | 'stale' | 'own'> {
  if (!isId(alertId)) throw new Problem('not_found')
  return asActor(db, person.id, async (tx) => {
    const alert = await store.lockAlert(tx, alertId)
    if (!alert) throw new Problem('not_found')
    if (alert.acknowledged_at) return 'stale'
    if (alert.person_id === person.id && (await hasOtherAdministrator(tx, person.id))) return 'own'
    const now = clock.now()
    const sealed = secrets.sealStatement(alertId, statement)
    await store.updateAcknowledged(tx, alertId, {
      acknowledged_at: now,
      acknowledged_by: person.id,
      outcome,
      statement: sealed,
    })
    await appendEntry(tx, now, {
      kind: 'alert.acknowledged',
      private: {
        alert: alertId,
        person: person.id,
        outcome,
        statement: createHash('sha256').update(sealed).digest('hex'),
      },
    })
    return 'acknowledged'
  })
}
