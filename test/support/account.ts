import { hashPassword } from '../../server/accounts/passwords'
import type { Person, Role } from '../../server/web/person'
import { postForm, type Agent, type TestApp } from './app'
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

/** A browser in which this person has signed in through the page. */
export async function signIn(staff: TestApp, account: TestAccount): Promise<Agent> {
  const agent = staff.agent()
  const { email, password } = account
  const answer = await postForm(agent, '/sign-in', { email, password })
  if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`)
  return agent
}
