import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { hashPassword } from '../../server/accounts/passwords'
import { staffSecrets } from '../../server/vault/staff-secrets'
import type { Person, Role } from '../../server/web/person'
import { csrfFrom, postForm, type Agent, type TestApp } from './app'
import type { TestDatabase } from './database'
import { makePerson } from './firm'

export interface TestAccount extends Person {
  email: string
  password: string
}

/** An account with a password, as one has it after taking up an invitation. */
export async function makeAccount(
  database: TestDatabase,
  about: { role: Role; name: string; firmId?: string | null },
): Promise<TestAccount> {
  const person = await makePerson(database, about)
  const password = `thirteen quiet ${person.id.slice(-6)}`
  await database.db
    .superuser('people')
    .where({ id: person.id })
    .update({ password_hash: await hashPassword(password) })
  return { ...person, email: `${person.id}@example.com`, password }
}

/** What the authenticator app with this secret shows. */
export function codeOf(base32: string, now: Date): string {
  const secret = Secret.fromBase32(base32.replaceAll(' ', ''))
  return new TOTP({ secret }).generate({ timestamp: now.getTime() })
}

type Staff = Pick<TestApp, 'deps'>

/**
 * The code of an authenticator app that the account has from now on. A code counts once: this forgets the
 * one used last, so that a test need not wait half a minute between two sign-ins.
 */
export async function freshCode({ deps }: Staff, email: string): Promise<string> {
  const { db, config, clock } = deps
  const { id } = await db('people').where({ email: email.trim().toLowerCase() }).first('id')
  const secrets = staffSecrets(config.keys.staffKey)
  const row = await db('totp_factors').where({ person_id: id }).first('secret')
  const secret: Buffer = row ? secrets.openTotp(id, row.secret) : randomBytes(20)
  await db('totp_factors')
    .insert({
      person_id: id,
      secret: secrets.sealTotp(id, secret),
      created_at: clock.now(),
      last_step: 0,
    })
    .onConflict('person_id')
    .merge(['last_step'])
  return codeOf(new Secret({ buffer: new Uint8Array(secret).buffer }).base32, clock.now())
}

const waiting = new Map<string, Promise<unknown>>()

/** The second step of signing in, for whoever's password was right; one at a time for each account. */
export async function giveCode(
  staff: Staff,
  agent: Agent,
  email: string,
): ReturnType<typeof postForm> {
  const give = async () => {
    const code = await freshCode(staff, email)
    return postForm(agent, '/sign-in/code', { code })
  }
  const given = (waiting.get(email) ?? Promise.resolve()).catch(() => {}).then(give)
  waiting.set(email, given)
  return given
}

/** A browser in which this person has signed in through the pages. */
export async function signIn(
  staff: TestApp,
  account: Pick<TestAccount, 'email' | 'password'>,
): Promise<Agent> {
  const agent = staff.agent()
  const { email, password } = account
  const page = await agent.get('/sign-in').set('Accept', 'text/html')
  // There before the password: who has no factor yet is led to set one up.
  await freshCode(staff, email)
  const answer = await agent
    .post('/sign-in')
    .type('form')
    .send({ email, password, _csrf: csrfFrom(page.text) })
  if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`)
  const second = await giveCode(staff, agent, email)
  if (second.status !== 303) throw new Error(`the code answered ${second.status}`)
  return agent
}
