import type { Db } from '../db/connections'
import { isId } from '../kernel/ids'
import type { Person } from '../web/person'
import { selectAccount, toPerson } from './accounts.store'
import { isOutside } from './networks'

/**
 * Who a session's id belongs to, or null once they may no longer sign in, and whether they ask from
 * outside the networks of their firm: asked on every request.
 */
export function personFinder(db: Db): (id: string, address: string) => Promise<Person | null> {
  return async (id, address) => {
    const account = isId(id) ? await selectAccount(db, { id, state: 'active' }) : undefined
    if (!account) return null
    return { ...toPerson(account), outside: await isOutside(db, account.firm_id, address) }
  }
}
