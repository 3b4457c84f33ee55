import type { Db } from '../db/connections'

/** What letters are about: claims, links, people, deliveries, read as they are written. */

export interface MailClaim {
  number: string
  matter_id: string
  form_version: number
  /** of the sealed record in force */
  version: number
  state: string
  /** something that is required is missing */
  incomplete: boolean
  decided_at: Date | null
  decision_reason: string | null
  /** until when what was asked for is awaited */
  cure_due_at: Date | null
}

export async function selectMailClaim(db: Db, id: string): Promise<MailClaim | undefined> {
  return db('claims')
    .where({ id })
    .first<MailClaim | undefined>(
      'number',
      'matter_id',
      'form_version',
      'version',
      'state',
      'incomplete',
      'decided_at',
      'decision_reason',
      'cure_due_at',
    )
}

/** The number of the earlier claim that this one looks like a repetition of. */
export async function selectEarlierNumber(db: Db, claimId: string): Promise<string | undefined> {
  const row = await db('claims as c')
    .join('claims as earlier', 'earlier.id', 'c.duplicate_of')
    .where('c.id', claimId)
    .first<{ number: string } | undefined>('earlier.number')
  return row?.number
}

export interface LinkRow {
  expires_at: Date
  consumed_at: Date | null
  superseded_at?: Date | null
}

export async function selectVerification(db: Db, id: string): Promise<LinkRow | undefined> {
  return db('verifications')
    .where({ id })
    .first<LinkRow | undefined>('expires_at', 'consumed_at', 'superseded_at')
}

export async function selectAccessLink(db: Db, id: string): Promise<LinkRow | undefined> {
  return db('claimant_links').where({ id }).first<LinkRow | undefined>('expires_at', 'consumed_at')
}

/** What was destroyed and why; nothing of it tells what stood in it. */
export async function selectMailDocument(
  db: Db,
  id: string,
): Promise<{ kind: string; reason: string | null; created_at: Date } | undefined> {
  return db('evidence')
    .where({ id, state: 'destroyed' })
    .first<{ kind: string; reason: string | null; created_at: Date } | undefined>(
      'kind',
      'reason',
      'created_at',
    )
}

export async function selectGuardianLink(db: Db, id: string): Promise<LinkRow | undefined> {
  return db('guardian_links')
    .where({ id })
    .first<LinkRow | undefined>('expires_at', 'consumed_at', 'superseded_at')
}

/** Whether what is confirmed with a verification includes something signed. */
export async function hasWaitingPack(db: Db, verificationId: string): Promise<boolean> {
  const row = await db('verifications')
    .where({ id: verificationId })
    .whereNotNull('pack_id')
    .first('id')
  return row !== undefined
}

export async function storeTokenHash(db: Db, id: string, tokenHash: Buffer): Promise<void> {
  await db('verifications').where({ id }).update({ token_hash: tokenHash })
}

export async function selectInvitation(db: Db, id: string): Promise<LinkRow | undefined> {
  return db('invitations').where({ id }).first<LinkRow | undefined>('expires_at', 'consumed_at')
}

export async function storeInvitationHash(db: Db, id: string, tokenHash: Buffer): Promise<void> {
  await db('invitations').where({ id }).update({ token_hash: tokenHash })
}

export interface MailPerson {
  email: string
  name: string
  role: 'administrator' | 'moderator' | 'counsel'
  firm_id: string | null
  state: 'invited' | 'active' | 'asleep' | 'disabled'
}

export async function selectMailPerson(db: Db, id: string): Promise<MailPerson | undefined> {
  return db('people')
    .where({ id })
    .first<MailPerson | undefined>('email', 'name', 'role', 'firm_id', 'state')
}

/** The browser in which somebody signed in for the first time. */
export async function selectMailDevice(
  db: Db,
  id: string,
): Promise<{ browser: string } | undefined> {
  return db('known_devices').where({ id }).first<{ browser: string } | undefined>('browser')
}

export interface MailBatch {
  number: number
  matter_id: string
  claim_count: number | null
}

export async function selectMailBatch(db: Db, id: string): Promise<MailBatch | undefined> {
  return db('batches')
    .where({ id, state: 'complete' })
    .first<MailBatch | undefined>('number', 'matter_id', 'claim_count')
}

/** What was changed of a claim: the kind of a row of `claim_changes`. */
export async function selectChangeKind(db: Db, changeId: string): Promise<string> {
  const row = await db('claim_changes')
    .where({ id: changeId })
    .first<{ kind: string } | undefined>('kind')
  if (!row) throw new Error('a mail is about a change that is not stored')
  return row.kind
}

export async function selectMailErasure(
  db: Db,
  id: string,
): Promise<{ due_at: Date; answer: string | null; reason: string | null } | null> {
  const row = await db('erasure_requests')
    .where({ id })
    .first<{ due_at: Date; answer: string | null; reason: string | null } | undefined>(
      'due_at',
      'answer',
      'reason',
    )
  return row ?? null
}

/** How many claims a firm has been told of and has not noted, for whoever works there. */
export async function countMailRecalls(db: Db, personId: string): Promise<number> {
  const rows = await db('recalls as r')
    .join('people as p', 'p.firm_id', 'r.firm_id')
    .where({ 'p.id': personId })
    .whereNull('r.noted_at')
    .count<{ count: number }[]>()
  return rows[0]!.count
}
