import { z } from 'zod'
import { needsTwo, type Acted } from '../approvals/request-approval'
import { asActor, type Db, type Tx } from '../db/connections'
import { findFirm } from '../firms/list-firms'
import type { Clock } from '../kernel/clock'
import { isId, newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { oneLine } from '../matters/forms/text'
import {
  existsAccount,
  insertAccount,
  insertInvitation,
  lockAccount,
  updateAccount,
  type Account,
} from './accounts.store'

export interface InviteDeps {
  db: Db
  clock: Clock
  config: { limits: { invitationHours: number; approvalHours: number } }
}

/** What is kept of a person by name; a resident registration number is refused here as everywhere. */
const kept = z.string().refine((text) => !containsResidentNumber(text))

const invitation = z
  .object({
    email: kept.trim().toLowerCase().max(254).pipe(z.email()),
    name: kept.transform(oneLine).pipe(z.string().min(1).max(80)),
    role: z.enum(['administrator', 'moderator', 'counsel']),
    /** slug; only for counsel, and ignored for others */
    firm: z.string().trim().default(''),
    language: z.enum(['ko', 'en']),
  })
  .refine(({ role, firm }) => role !== 'counsel' || firm !== '', { path: ['firm'] })

export type Invitation = z.infer<typeof invitation>
export type InvitationField = keyof Invitation

/** What was typed, or the fields that cannot be taken; their words are `accounts:invite.error.<field>`. */
export function parseInvitation(
  typed: Record<string, unknown>,
): { ok: true; value: Invitation } | { ok: false; errors: InvitationField[] } {
  const parsed = invitation.safeParse(typed)
  if (parsed.success) return { ok: true, value: parsed.data }
  const fields = parsed.error.issues.map(({ path }) => path[0] as InvitationField)
  return { ok: false, errors: [...new Set(fields)] }
}

export type Invited =
  | Exclude<Acted, { outcome: 'done' }>
  | { outcome: 'done'; personId: string }
  | { outcome: 'email_taken' }
  | { outcome: 'unknown_firm' }

const hourMs = 60 * 60 * 1000

/**
 * Makes an account without a password and mails the person a link to choose one, in one transaction. A new
 * administrator takes another person and `reason`. `by` is the administrator, or null for the operator's
 * command, which needs nobody: it is how the first one comes.
 */
export async function invitePerson(
  deps: InviteDeps,
  asked: Invitation,
  by: string | null,
  reason?: string,
): Promise<Invited> {
  const now = deps.clock.now()
  const firm = asked.role === 'counsel' ? await findFirm(deps.db, asked.firm) : null
  if (asked.role === 'counsel' && !firm) return { outcome: 'unknown_firm' }
  try {
    return await actingAs(deps.db, by, async (tx): Promise<Invited> => {
      if (await existsAccount(tx, asked.email)) return { outcome: 'email_taken' }
      if (by !== null && asked.role === 'administrator') {
        const { email, name, language } = asked
        const asker = { now, approvalHours: deps.config.limits.approvalHours, by }
        const params = { email, name, language }
        return needsTwo(tx, asker, { kind: 'invite', object: email, params, reason })
      }
      const person = { ...asked, firmId: firm?.id ?? null }
      return { outcome: 'done', personId: await addInvited(deps, tx, person, { by, now }) }
    })
  } catch (error) {
    // Somebody invited the same address between our look and our insert.
    if ((error as { constraint?: string }).constraint === 'people_email_key') {
      return { outcome: 'email_taken' }
    }
    throw error
  }
}

/** Account, mail and entry of an invitation, in the caller's transaction; gives the account's id. */
export async function addInvited(
  deps: Pick<InviteDeps, 'config'>,
  tx: Tx,
  asked: Pick<Invitation, 'email' | 'name' | 'role' | 'language'> & { firmId: string | null },
  made: { by: string | null; now: Date; approval?: string },
): Promise<string> {
  const { email, name, role, language, firmId } = asked
  const { by, now, approval } = made
  const id = newId(now.getTime())
  await insertAccount(tx, {
    id,
    email,
    name,
    role,
    firm_id: firmId,
    language,
    password_hash: null,
    state: 'invited',
    created_at: now,
  })
  await mailInvitation(deps, tx, { id, language }, now)
  await appendEntry(tx, now, {
    kind: 'person.invited',
    private: { person: id, role, firm: firmId, by, ...(approval !== undefined && { approval }) },
  })
  return id
}

/**
 * Mails a new link to someone who has not taken theirs up; links mailed before go on working. Whoever was
 * ended comes back in this way, with a new password and a new second factor; an administrator only with
 * another person and `reason`.
 * @throws Problem('not_found'), or Problem('conflict') when the account is not waiting for it
 */
export async function inviteAgain(
  deps: InviteDeps,
  personId: string,
  by: string,
  reason?: string,
): Promise<Acted> {
  if (!isId(personId)) throw new Problem('not_found')
  const now = deps.clock.now()
  return asActor(deps.db, by, async (tx): Promise<Acted> => {
    const account = await lockAccount(tx, personId)
    if (!account) throw new Problem('not_found')
    if (account.state !== 'invited' && account.state !== 'disabled') throw new Problem('conflict')
    if (account.state === 'disabled' && account.role === 'administrator') {
      const asker = { now, approvalHours: deps.config.limits.approvalHours, by }
      const params = { person: personId }
      return needsTwo(tx, asker, { kind: 'return', object: personId, params, reason })
    }
    await addInvitedAgain(deps, tx, account, { by, now })
    return { outcome: 'done' }
  })
}

/** The same without asking anybody, in the caller's transaction. */
export async function addInvitedAgain(
  deps: Pick<InviteDeps, 'config'>,
  tx: Tx,
  account: Pick<Account, 'id' | 'state' | 'language'>,
  made: { by: string; now: Date; approval?: string },
): Promise<void> {
  const { by, now, approval } = made
  if (account.state === 'disabled') await updateAccount(tx, account.id, { state: 'invited' })
  await mailInvitation(deps, tx, account, now)
  await appendEntry(tx, now, {
    kind: 'person.invited',
    private: {
      person: account.id,
      by,
      again: true,
      ...(approval !== undefined && { approval }),
    },
  })
}

/** On behalf of a person, so that the history of rights names them, or of nobody. */
function actingAs<T>(db: Db, by: string | null, work: (tx: Tx) => Promise<T>): Promise<T> {
  return by === null ? db.transaction(work) : asActor(db, by, work)
}

async function mailInvitation(
  { config }: Pick<InviteDeps, 'config'>,
  tx: Tx,
  person: { id: string; language: 'ko' | 'en' },
  at: Date,
): Promise<void> {
  const id = newId(at.getTime())
  await insertInvitation(tx, {
    id,
    person_id: person.id,
    created_at: at,
    expires_at: new Date(at.getTime() + config.limits.invitationHours * hourMs),
  })
  await queueMail(tx, {
    template: 'invitation',
    personId: person.id,
    subjectId: id,
    language: person.language,
    at,
  })
}
