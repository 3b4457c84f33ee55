import type { Db } from '../db/connections'
import { findFirm } from '../firms/list-firms'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import type { Role } from '../web/person'
import { insertAccount, lockAccount, selectAccountByEmail } from './accounts.store'
import { closeAccount } from './end-person'
import { staffSecrets } from '../vault/staff-secrets'
import { insertTotp } from './factors/factors.store'
import { newTotpSecret } from './factors/totp'
import { hashPassword } from './passwords'

export interface DemoAccount {
  email: string
  name: string
  role: Role
  /** the firm's name in the person's language */
  firm: string | null
  password: string
}

/** One for all of them, printed at start: these accounts exist only where no real claim does. */
const demoPassword = 'many-small-boats'

const demo: {
  email: string
  name: string
  role: Role
  language: 'ko' | 'en'
  firm?: string
}[] = [
  { email: 'admin@joinder.example', name: '한서연', role: 'administrator', language: 'ko' },
  { email: 'admin2@joinder.example', name: 'Ada Park', role: 'administrator', language: 'en' },
  { email: 'moderator@joinder.example', name: '정민호', role: 'moderator', language: 'ko' },
  {
    email: 'counsel@hanbit-narae.example',
    name: '이도윤',
    role: 'counsel',
    firm: 'hanbit-narae',
    language: 'ko',
  },
  {
    email: 'counsel@marlow-quince.example',
    name: 'Grace Marlow',
    role: 'counsel',
    firm: 'marlow-quince',
    language: 'en',
  },
]

/**
 * Makes the demonstration accounts that are not there yet: two administrators, a moderator, counsel of
 * two firms. Each has an authenticator app whose codes /dev/codes shows. Takes the staff login and runs
 * any number of times; only in a demonstration.
 * @returns those that can sign in: one that was closed stays closed
 */
export async function loadDemo(
  { db, staffKey }: { db: Db; staffKey: string },
  now: Date,
): Promise<DemoAccount[]> {
  const secrets = staffSecrets(staffKey)
  const accounts: DemoAccount[] = []
  for (const { email, name, role, language, firm: slug } of demo) {
    const firm = slug === undefined ? null : await findFirm(db, slug)
    if (slug !== undefined && !firm) continue
    const existing = await selectAccountByEmail(db, email)
    if (existing && existing.state !== 'active') continue
    accounts.push({
      email,
      name,
      role,
      firm: firm?.content.name[language] ?? null,
      password: demoPassword,
    })
    if (existing) continue
    const id = newId(now.getTime())
    const firmId = firm?.id ?? null
    const passwordHash = await hashPassword(demoPassword)
    await db.transaction(async (tx) => {
      await insertAccount(tx, {
        id,
        email,
        name,
        role,
        firm_id: firmId,
        language,
        password_hash: passwordHash,
        state: 'active',
        created_at: now,
      })
      await appendEntry(tx, now, {
        kind: 'person.joined',
        private: { person: id, role, firm: firmId, demonstration: true },
      })
      const secret = secrets.sealTotp(id, newTotpSecret())
      await insertTotp(tx, { person_id: id, secret, created_at: now, last_step: 0 })
    })
  }
  return accounts
}

/** The addresses of the demonstration accounts, in the order in which they are shown. */
export const demoEmails: readonly string[] = demo.map(({ email }) => email)

/**
 * Disables the demonstration accounts that there are, whose password anybody knows, and ends their
 * sessions: for a staff surface that takes real claims, before it lets anybody in. Takes the staff
 * login; harmless to repeat.
 */
export async function closeDemo(db: Db, now: Date): Promise<void> {
  for (const { email } of demo) {
    await db.transaction(async (tx) => {
      const found = await selectAccountByEmail(tx, email)
      const account = found && (await lockAccount(tx, found.id))
      if (!account || account.state === 'disabled') return
      await closeAccount(tx, account.id, now)
      await appendEntry(tx, now, {
        kind: 'person.disabled',
        private: { person: account.id, demonstration: true },
      })
    })
  }
}
