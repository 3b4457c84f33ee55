import type { Db } from '../db/connections'
import { isId } from '../kernel/ids'
import type { Person } from '../web/person'
import { selectAccount, toPerson } from './accounts.store'

/** Who a session's id belongs to, or null once they may no longer sign in; asked on every request. */
export function personFinder(db: Db): (id: string) => Promise<Person | null> {
  return async (id) => {
    const account = isId(id) ? await selectAccount(db, { id, state: 'active' }) : undefined
    return account ? toPerson(account) : null
  }
}
