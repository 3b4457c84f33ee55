import type { Db } from '../db/connections'
import { selectAdministrator } from './notices.store'

/** An active administrator by address, and the language they read; undefined when there is none. */
export async function findAdministrator(
  db: Db,
  email: string,
): Promise<{ id: string; language: 'ko' | 'en' } | undefined> {
  return selectAdministrator(db, email)
}
