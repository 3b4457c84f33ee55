import type { Tx } from '../db/connections'
import type { Role } from '../web/person'
import { selectActive, selectAdministrators, selectStaff } from './accounts.store'

/** Administrators who can sign in now, and the language they read. */
export function listAdministrators(tx: Tx): Promise<{ id: string; language: 'ko' | 'en' }[]> {
  return selectAdministrators(tx)
}

/** Whether an administrator other than this person can sign in now. */
export async function hasOtherAdministrator(tx: Tx, personId: string): Promise<boolean> {
  return (await selectAdministrators(tx)).some((one) => one.id !== personId)
}

/** All staff who can sign in now, moderators too; counsel work for their firms. */
export function listStaff(tx: Tx): Promise<{ id: string; language: 'ko' | 'en' }[]> {
  return selectStaff(tx)
}

/** Somebody who can sign in now; undefined once they cannot. */
export function findActive(
  tx: Tx,
  id: string,
): Promise<{ role: Role; language: 'ko' | 'en' } | undefined> {
  return selectActive(tx, id)
}
