import { addNeeds } from '../claims/needs/add-needs'
import type { ReminderLimits } from '../claims/reminders/plan-reminders'
import type { Tx } from '../db/connections'
import { appendEntry } from '../ledger/append-entry'
import { placeholdersOf } from '../matters/document-template'
import type { Question, QuestionRole } from '../matters/form-schema'
import type { Matter } from '../matters/matter-file'
import * as store from './authority-worker.store'

/** Where a person can be reached is not what they authorise or swear: a new address leaves papers as they are. */
const contact: readonly (QuestionRole | undefined)[] = ['phone', 'address', 'email']

/** What papers that have to be signed (again) are called among what a claim lacks. */
export const papersNeed = 'papers'

/**
 * Papers that quote an answer which is another now no longer say what their signer says: they lose their
 * force, in the transaction that replaces the answer, and signing them again is what the claim lacks. What
 * was signed stays as it was.
 * @returns whether any paper was in force
 */
export async function supersedeChanged(
  tx: Tx,
  now: Date,
  { limits }: { limits: ReminderLimits },
  { claimId, matter, changed }: { claimId: string; matter: Matter; changed: readonly Question[] },
): Promise<boolean> {
  const quoted = new Set(
    matter.content.documents.flatMap(({ text }) =>
      [text.ko, text.en].flatMap((one) => placeholdersOf(one)),
    ),
  )
  const touches = changed.some(
    ({ id, role }) =>
      !contact.includes(role) &&
      (quoted.has(`answer.${id}`) || (role !== undefined && quoted.has(role))),
  )
  if (!touches) return false
  const packs = await store.supersedeAll(tx, claimId, now)
  if (packs.length === 0) return false
  await appendEntry(tx, now, {
    kind: 'authority.superseded',
    claimId,
    private: { packs: packs.join(','), reason: 'answers_replaced' },
  })
  await addNeeds(tx, now, limits, {
    claimId,
    by: null,
    wanted: [{ kind: 'signature', ref: papersNeed, required: true, dueAt: null }],
  })
  return true
}
