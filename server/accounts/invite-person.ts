import { z } from 'zod'
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
  insertAccount,
  insertInvitation,
  lockAccount,
  selectAccountByEmail,
  updateAccount,
} from './accounts.store'

export interface InviteDeps {
  db: Db
  clock: Clock
  config: { limits: { invitationHours: number } }
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
  { ok: true; personId: string } | { ok: false; why: 'email_taken' | 'unknown_firm' }

const hourMs = 60 * 60 * 1000

/**
 * Makes an account without a password and mails the person a link to choose one, in one transaction.
 * `by` is the administrator, or null for the operator's command.
 */
export async function invitePerson(
  deps: InviteDeps,
  asked: Invitation,
  by: string | null,
): Promise<Invited> {
  const now = deps.clock.now()
  const firm = asked.role === 'counsel' ? await findFirm(deps.db, asked.firm) : null
  if (asked.role === 'counsel' && !firm) return { ok: false, why: 'unknown_firm' }
  const personId = newId(now.getTime())
  try {
    return await actingAs(deps.db, by, async (tx): Promise<Invited> => {
      if (await selectAccountByEmail(tx, asked.email)) return { ok: false, why: 'email_taken' }
      await insertAccount(tx, {
        id: personId,
        email: asked.email,
        name: asked.name,
        role: asked.role,
        firm_id: firm?.id ?? null,
        language: asked.language,
        password_hash: null,
        state: 'invited',
        created_at: now,
      })
      await mailInvitation(deps, tx, { id: personId, language: asked.language })
      await appendEntry(tx, now, {
        kind: 'person.invited',
        private: { person: personId, role: asked.role, firm: firm?.id ?? null, by },
      })
      return { ok: true, personId }
    })
  } catch (error) {
    // Somebody invited the same address between our look and our insert.
    if ((error as { constraint?: string }).constraint === 'people_email_key') {
      return { ok: false, why: 'email_taken' }
    }
    throw error
  }
}

/**
 * Mails a new link to someone who has not taken theirs up; links mailed before go on working. Whoever was
 * ended comes back in this way, with a new password and a new second factor.
 * @throws Problem('not_found'), or Problem('conflict') when the account is not waiting for it
 */
export async function inviteAgain(deps: InviteDeps, personId: string, by: string): Promise<void> {
  if (!isId(personId)) throw new Problem('not_found')
  const now = deps.clock.now()
  await asActor(deps.db, by, async (tx) => {
    const account = await lockAccount(tx, personId)
    if (!account) throw new Problem('not_found')
    if (account.state !== 'invited' && account.state !== 'disabled') throw new Problem('conflict')
    if (account.state === 'disabled') await updateAccount(tx, personId, { state: 'invited' })
    await mailInvitation(deps, tx, account)
    await appendEntry(tx, now, {
      kind: 'person.invited',
      private: { person: personId, by, again: true },
    })
  })
}

/** On behalf of a person, so that the history of rights names them, or of nobody. */
function actingAs<T>(db: Db, by: string | null, work: (tx: Tx) => Promise<T>): Promise<T> {
  return by === null ? db.transaction(work) : asActor(db, by, work)
}

async function mailInvitation(
  { clock, config }: InviteDeps,
  tx: Tx,
  person: { id: string; language: 'ko' | 'en' },
): Promise<void> {
  const at = clock.now()
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
