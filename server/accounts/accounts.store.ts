import type { Db, Tx } from '../db/connections'
import type { Person, Role } from '../web/person'

/** The tables of this feature: people, invitations; of sessions only their end. */

export type AccountState = 'invited' | 'active' | 'asleep' | 'disabled'

export interface Account {
  id: string
  email: string
  name: string
  role: Role
  firm_id: string | null
  language: 'ko' | 'en'
  password_hash: string | null
  state: AccountState
  last_signed_in_at: Date | null
  /** until then the password alone leads to setting up a first second factor */
  enrol_until: Date | null
}

const columns = [
  'id',
  'email',
  'name',
  'role',
  'firm_id',
  'language',
  'password_hash',
  'state',
  'last_signed_in_at',
  'enrol_until',
] as const

export function toPerson(account: Pick<Account, 'id' | 'role' | 'firm_id' | 'name'>): Person {
  return { id: account.id, role: account.role, firmId: account.firm_id, name: account.name }
}

/** `email` in lower case, as it is stored. */
export function selectAccountByEmail(db: Db | Tx, email: string): Promise<Account | undefined> {
  return db('people').where({ email }).first<Account | undefined>(columns)
}

export async function existsAccount(tx: Tx, email: string): Promise<boolean> {
  return (await tx('people').where({ email }).first('id')) !== undefined
}

export function selectAccount(
  db: Db | Tx,
  where: { id: string; state?: AccountState },
): Promise<Account | undefined> {
  return db('people').where(where).first<Account | undefined>(columns)
}

/** The account, held against other writers until the transaction ends. */
export function lockAccount(tx: Tx, id: string): Promise<Account | undefined> {
  return tx('people').where({ id }).forUpdate().first<Account | undefined>(columns)
}

export type Rights = Pick<Account, 'id' | 'role' | 'firm_id' | 'language' | 'state'>

/** What an account may do, held against other writers, and nothing of how it signs in. */
export function lockRights(tx: Tx, id: string): Promise<Rights | undefined> {
  return tx('people')
    .where({ id })
    .forUpdate()
    .first<Rights | undefined>('id', 'role', 'firm_id', 'language', 'state')
}

/** Administrators who can sign in now. */
export function selectAdministrators(tx: Tx): Promise<Pick<Account, 'id' | 'language'>[]> {
  return tx('people')
    .where({ role: 'administrator', state: 'active' })
    .orderBy('id')
    .select<Pick<Account, 'id' | 'language'>[]>('id', 'language')
}

export function selectActive(
  tx: Tx,
  id: string,
): Promise<Pick<Account, 'role' | 'language'> | undefined> {
  return tx('people').where({ id, state: 'active' }).first('role', 'language')
}

/** Everyone who can sign in now and is not counsel. */
export function selectStaff(tx: Tx): Promise<Pick<Account, 'id' | 'language'>[]> {
  return tx('people')
    .where({ state: 'active' })
    .whereNot({ role: 'counsel' })
    .orderBy('id')
    .select<Pick<Account, 'id' | 'language'>[]>('id', 'language')
}

/** Administrators who can sign in now, held in one order against whoever ends or changes one of them. */
export function lockAdministrators(tx: Tx): Promise<{ id: string }[]> {
  return tx('people')
    .where({ role: 'administrator', state: 'active' })
    .orderBy('id')
    .forUpdate()
    .select<{ id: string }[]>('id')
}

export type ListedAccount = Omit<Account, 'password_hash'>

/** Every account, administrators first; there are dozens, not thousands. */
export function selectAccounts(db: Db | Tx): Promise<ListedAccount[]> {
  return db('people')
    .orderByRaw(`array_position(array['administrator', 'moderator', 'counsel'], role), firm_id, id`)
    .select<ListedAccount[]>(columns.filter((column) => column !== 'password_hash'))
}

export async function insertAccount(
  tx: Tx,
  account: Omit<Account, 'last_signed_in_at' | 'enrol_until'> & { created_at: Date },
): Promise<void> {
  await tx('people').insert(account)
}

export async function updateAccount(
  tx: Tx,
  id: string,
  change: Partial<
    Pick<Account, 'password_hash' | 'state' | 'role' | 'last_signed_in_at' | 'enrol_until'>
  > & { woken_at?: Date },
): Promise<void> {
  await tx('people').where({ id }).update(change)
}

/** Ends every session of the person, in every browser. */
export async function deleteSessions(tx: Tx, personId: string): Promise<void> {
  await tx('sessions_staff').where({ person_id: personId }).delete()
}

/** A session as its owner sees it; times are milliseconds since 1970. */
export interface SessionRow {
  sid: string
  sess: { startedAt?: number; seenAt?: number; browser?: string }
}

/** The sessions of a person, the one seen last first. */
export function selectSessions(db: Db | Tx, personId: string): Promise<SessionRow[]> {
  return db('sessions_staff')
    .where({ person_id: personId })
    .where('expire', '>', db.fn.now())
    .orderByRaw(`(sess ->> 'seenAt')::bigint desc nulls last`)
    .select<SessionRow[]>('sid', 'sess')
}

/** Ends these sessions of the person; says how many there were. */
export function deleteSomeSessions(tx: Tx, personId: string, sids: string[]): Promise<number> {
  return tx('sessions_staff').where({ person_id: personId }).whereIn('sid', sids).delete()
}

export interface InvitationRow {
  id: string
  person_id: string
  expires_at: Date
  consumed_at: Date | null
}

export async function insertInvitation(
  tx: Tx,
  row: { id: string; person_id: string; created_at: Date; expires_at: Date },
): Promise<void> {
  await tx('invitations').insert(row)
}

/** The invitation behind a mailed link. */
export function selectInvitation(
  db: Db | Tx,
  tokenHash: Buffer,
): Promise<InvitationRow | undefined> {
  return db('invitations')
    .where({ token_hash: tokenHash })
    .first<InvitationRow | undefined>('id', 'person_id', 'expires_at', 'consumed_at')
}

/** Uses up every open invitation of the person, those mailed again too. */
export async function consumeInvitations(tx: Tx, personId: string, at: Date): Promise<void> {
  await tx('invitations')
    .where({ person_id: personId })
    .whereNull('consumed_at')
    .update({ consumed_at: at })
}

/** Active people of a firm, and the language they read. */
export async function selectCounsel(
  tx: Tx,
  firmId: string,
): Promise<{ id: string; language: 'ko' | 'en' }[]> {
  return tx('people').where({ firm_id: firmId, state: 'active' }).select('id', 'language')
}

const lastUse = `greatest(coalesce(last_signed_in_at, created_at), coalesce(woken_at, created_at))`

/** Puts to sleep whoever was last here before then, but for the administrator who was here last of all; gives their ids. */
export async function putToSleep(tx: Tx, before: Date): Promise<string[]> {
  const slept = await tx.raw<{ rows: { id: string }[] }>(
    `update people set state = 'asleep'
     where state = 'active' and ${lastUse} < ?
       and id is distinct from (
         select id from people where role = 'administrator' and state = 'active'
         order by ${lastUse} desc, id limit 1)
     returning id`,
    [before],
  )
  return slept.rows.map(({ id }) => id)
}
