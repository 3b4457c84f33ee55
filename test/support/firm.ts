import { newId } from '../../server/kernel/ids'
import type { Person, Role } from '../../server/web/person'
import type { WorkerDeps } from '../../jobs/deps'
import type { TestKeys } from './app'
import type { TestDatabase } from './database'
import { fileDirectly, type FiledClaim } from './filed-claim'

/** An account that can sign in; a counsel of the test firm, or of `firmId`. */
export async function makePerson(
  { db }: TestDatabase,
  { role, name, firmId = null }: { role: Role; name: string; firmId?: string | null },
): Promise<Person> {
  const person: Person = { id: newId(), role, firmId, name }
  await db.superuser('people').insert({
    id: person.id,
    email: `${person.id}@example.com`,
    name,
    role,
    firm_id: firmId,
    language: 'ko',
    state: 'active',
    created_at: new Date(),
  })
  return person
}

/** Another firm than that of the test matter. */
export async function makeFirm({ db }: TestDatabase, slug: string): Promise<string> {
  const id = newId()
  const content = await db.superuser('firms').first('content')
  await db
    .superuser('firms')
    .insert({ id, slug, content: JSON.stringify({ ...content.content, slug }) })
  return id
}

/** A claim that was filed, screened and accepted: what a batch takes. */
export async function acceptedClaim(
  database: TestDatabase,
  keys: TestKeys,
  { vault }: Pick<WorkerDeps, 'vault'>,
  options: Parameters<typeof fileDirectly>[2] = {},
): Promise<FiledClaim> {
  const claim = await fileDirectly(database, keys, { ...options, intent: false })
  await vault.admit(claim.id, 'test')
  await database.db
    .superuser('claims')
    .where({ id: claim.id })
    .update({ state: 'accepted', verified_at: options.at ?? new Date() })
  return claim
}
