import { createHmac, randomBytes } from 'node:crypto'
import type { Tx } from '../db/connections'
import { newId } from '../kernel/ids'
import { canonicalJson } from './canonical-json'

/** Every kind of entry; the migration's row-level checks say which login may append which. */
export type EntryKind =
  | 'claim.filed'
  | 'confirmation.given'
  | 'confirmation.refused'
  | 'claim.verified'
  | 'claim.link_requested'
  | 'claim.correction_requested'
  | 'draft.link_requested'
  | 'claim.screened'
  | 'claim.email_corrected'
  | 'claim.expired'
  | 'change.requested'
  | 'change.refused'
  | 'claim.answers_replaced'
  | 'claim.consents_changed'
  | 'claim.reopened'
  | 'claim.appealed'
  | 'claim.withdrawn'
  | 'message.sent'
  | 'claim.found_deficient'
  | 'claim.cured'
  | 'need.met'
  | 'need.cancelled'
  | 'task.link_requested'
  | 'claim.reminded'
  | 'reminders.ended'
  | 'reminders.resumed'
  | 'data.copied'
  | 'erasure.requested'
  | 'erasure.answered'
  | 'message.closed'
  | 'news.posted'
  | 'news.withdrawn'
  | 'claim.mail_bounced'
  | 'claim.opened'
  | 'claim.review_started'
  | 'claim.accepted'
  | 'claim.rejected'
  | 'opening.refused'
  | 'access.requested'
  | 'access.answered'
  | 'access.opened'
  | 'access.refused'
  | 'access.ended'
  | 'authority.requested'
  | 'authority.signed'
  | 'authority.confirmed'
  | 'authority.refused'
  | 'authority.rendered'
  | 'authority.superseded'
  | 'authority.listed'
  | 'authority.sampled'
  | 'person.invited'
  | 'person.joined'
  | 'person.signed_in'
  | 'person.signed_out'
  | 'person.disabled'
  | 'person.asleep'
  | 'person.woken'
  | 'person.role_changed'
  | 'person.factor_added'
  | 'person.factor_removed'
  | 'person.factors_reset'
  | 'person.recovery_renewed'
  | 'person.recovery_used'
  | 'person.stepped_up'
  | 'person.device_added'
  | 'person.password_changed'
  | 'person.session_ended'
  | 'person.outside_network'
  | 'firm.network_added'
  | 'firm.network_removed'
  | 'access.reviewed'
  | 'batch.requested'
  | 'batch.delivered'
  | 'batch.reissued'
  | 'batch.failed'
  | 'batch.downloaded'
  | 'recall.noted'
  | 'mail.resent'
  | 'claim.email_change_requested'
  | 'claim.email_change_started'
  | 'claim.email_change_confirmed'
  | 'claim.email_change_approved'
  | 'claim.email_change_declined'
  | 'claim.email_change_stopped'
  | 'claim.email_changed'
  | 'email_change.answered'
  | 'email_change.refused'
  | 'ledger.recovered'
  | 'evidence.sent'
  | 'evidence.removal_requested'
  | 'evidence.added'
  | 'evidence.refused'
  | 'evidence.shown'
  | 'evidence.destroyed'
  | 'claim.searched'
  | 'search.lapsed'
  | 'search.reason_read'
  | 'note.added'
  | 'alert.raised'
  | 'alert.acknowledged'
  | 'notice.asked'
  | 'notice.answered'
  | 'notices.imported'
  | 'notices.removed'
  | 'log.reviewed'
  | 'openings.exported'
  | 'leak.listed'
  | 'leak.exported'
  | 'approval.asked'
  | 'approval.solo_started'
  | 'approval.approved'
  | 'approval.refused'
  | 'approval.withdrawn'
  | 'approval.expired'
  | 'approval.carried_out'
  | 'approval.void'
  | 'hold.set'
  | 'hold.lifted'

/** The kinds that the public part names; every other reads `private` there. */
const publicKinds: ReadonlySet<string> = new Set([
  'claim.filed',
  'claim.erased',
  'key.rotated',
  'batch.delivered',
])

/** Kinds whose private part names a further version of what was sent, and its hash (`version`, `to`). */
const versionKinds: readonly EntryKind[] = [
  'claim.email_corrected',
  'claim.answers_replaced',
  'claim.consents_changed',
  'claim.email_changed',
]

/** Whether an entry of this kind records a further version of a claim's sealed record. */
export function isNewVersion(kind: string): boolean {
  return versionKinds.some((one) => one === kind)
}

export interface LedgerEntry {
  kind: EntryKind
  /** the claim it is about, when it is about one */
  claimId?: string
  /** the matter's slug; shown in the public part of the kinds that are counted per matter */
  matter?: string
  /** ids, hashes in hex, counts and reason codes; never personal data, never an address */
  private: Record<string, string | number | boolean | null>
}

export interface PreparedEntry {
  id: string
  kind: EntryKind
  claimId: string | null
  at: Date
  /** public part, RFC 8785 JSON */
  entry: string
  /** private part, RFC 8785 JSON */
  private: string
  /** 32 random bytes */
  salt: Buffer
}

/**
 * Makes an entry without writing it. Public part `{v, type, at, c}` plus `matter` where counted;
 * `c` is HMAC-SHA-256(salt, canonical private part) in hex. Only whoever knows salt and private part
 * can show what the entry is about; without the salt it says nothing.
 */
export function prepareEntry(now: Date, input: LedgerEntry): PreparedEntry {
  const salt = randomBytes(32)
  const at = now.toISOString()
  const privatePart = canonicalJson({
    ...input.private,
    ...(input.claimId ? { claim: input.claimId } : {}),
    kind: input.kind,
    at,
  })
  const named = publicKinds.has(input.kind)
  const entry = canonicalJson({
    v: 1,
    type: named ? input.kind : 'private',
    at,
    c: createHmac('sha256', salt).update(privatePart).digest('hex'),
    ...(named && input.matter ? { matter: input.matter } : {}),
  })
  return {
    id: newId(now.getTime()),
    kind: input.kind,
    claimId: input.claimId ?? null,
    at: now,
    entry,
    private: privatePart,
    salt,
  }
}

/**
 * Appends an entry in the caller's transaction, so that a change and its entry commit together or not
 * at all. Returns the entry's id.
 */
export async function appendEntry(tx: Tx, now: Date, input: LedgerEntry): Promise<string> {
  const entry = prepareEntry(now, input)
  // One round trip; the salt's and private part's foreign keys are checked at the end of it.
  await tx.raw(
    `with entry as (insert into ledger_entries (id, kind, entry, at) values (?, ?, ?, ?)),
          salt as (insert into ledger_salts (entry_id, salt) values (?, ?))
     insert into ledger_private (entry_id, claim_id, private) values (?, ?, ?)`,
    [
      entry.id,
      entry.kind,
      entry.entry,
      entry.at,
      entry.id,
      entry.salt,
      entry.id,
      entry.claimId,
      entry.private,
    ],
  )
  return entry.id
}
