import { hashPassword } from '../../server/accounts/passwords'
import { screenClaim } from '../../server/claims/screen-claim'
import type { ClaimState } from '../../server/claims/claim-state'
import type { Person, Role } from '../../server/web/person'
import { signIn } from '../support/account'
import {
  createTestApp,
  postForm,
  testKeys,
  type Agent,
  type TestApp,
  type TestAppOptions,
} from '../support/app'
import { createTestDatabase, type TestDatabase } from '../support/database'
import { fileDirectly, type FiledClaim } from '../support/filed-claim'
import { makePerson } from '../support/firm'
import { loadTestMatters } from '../support/test-matters'
import { workerDeps } from '../support/worker'

export const deskPassword = 'three-quiet-lamps'

export interface Desk {
  database: TestDatabase
  staff: TestApp
  person(role: Role, name: string, firmId?: string): Promise<Person>
  signedIn(person: Person, app?: TestApp): Promise<Agent>
  /** The shipped staff surface with something of it changed. */
  app(change?: Partial<TestAppOptions>): TestApp
  /** A claim that was filed, screened and brought to this state; `unscreened` is as it arrives. */
  claim(
    state: ClaimState | 'unscreened',
    options?: Parameters<typeof fileDirectly>[2] & { assignedTo?: Person },
  ): Promise<FiledClaim>
  row(claim: FiledClaim): Promise<Record<string, unknown>>
  /** Entries about a claim, oldest first, with their private part read. */
  entries(claim: FiledClaim, kind?: string): Promise<{ kind: string; facts: Facts }[]>
  /** Entries of openings of this claim by people; the screening by the worker is none. */
  openings(claim: FiledClaim): Promise<Facts[]>
  close(): Promise<void>
}

type Facts = Record<string, unknown>

/** The shipped staff surface on a database of its own, with real accounts and a worker to screen. */
export async function openDesk({ keys = testKeys() } = {}): Promise<Desk> {
  const database = await createTestDatabase()
  await loadTestMatters(database.db.migrator)
  const worker = workerDeps({ database, keys, mailbox: { url: 'smtp://127.0.0.1:9' } })
  const { superuser } = database.db
  const app: Desk['app'] = (change) =>
    createTestApp({ surface: 'staff', database, keys, ...change })
  const staff = app()
  const passwordHash = await hashPassword(deskPassword)

  return {
    database,
    staff,
    app,
    async person(role, name, firmId) {
      const person = await makePerson(database, { role, name, ...(firmId && { firmId }) })
      await superuser('people').where({ id: person.id }).update({ password_hash: passwordHash })
      return person
    },
    async signedIn(person, on = staff) {
      return signIn(on, { email: `${person.id}@example.com`, password: deskPassword })
    },
    async claim(state, { assignedTo, ...options } = {}) {
      const claim = await fileDirectly(database, keys, { ...options, intent: false })
      if (state === 'unscreened') return claim
      await screenClaim(worker.deps, claim.id, 'test')
      if (state !== 'unverified') {
        await superuser('claims')
          .where({ id: claim.id })
          .update({ state, verified_at: new Date(), assigned_to: assignedTo?.id ?? null })
      }
      return claim
    },
    row: (claim) => superuser('claims').where({ id: claim.id }).first(),
    async entries(claim, kind) {
      const rows = await superuser('ledger_private as p')
        .join('ledger_entries as e', 'e.id', 'p.entry_id')
        .where('p.claim_id', claim.id)
        .orderBy('e.id')
        .select('e.kind', 'p.private')
      return rows
        .filter((row) => kind === undefined || row.kind === kind)
        .map((row) => ({ kind: row.kind as string, facts: JSON.parse(row.private) as Facts }))
    },
    async openings(claim) {
      const rows = await superuser('opening_claims as o')
        .join('ledger_private as p', 'p.entry_id', 'o.entry_id')
        .where('o.claim_id', claim.id)
        .select('p.private')
      return rows
        .map((row) => JSON.parse(row.private) as Facts)
        .filter((facts) => facts['person'] !== undefined)
    },
    async close() {
      await worker.close()
      await database.drop()
    },
  }
}

/** Sends a form of a claim's page as a browser does, with the revision that the page shows unless told. */
export async function act(
  agent: Agent,
  claim: FiledClaim,
  action: string,
  fields: Record<string, unknown> = {},
) {
  const from = `/claims/${claim.id}`
  const shown = (await agent.get(from).set('Accept', 'text/html')).text
  const revision = /name="revision" value="(\d+)"/.exec(shown)?.[1]
  return postForm(
    agent,
    `${from}/${action}`,
    { ...(revision && { revision }), ...fields },
    { from },
  )
}
