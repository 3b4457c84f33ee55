import type { Db } from '../db/connections'
import { listFirms, type Firm } from '../firms/list-firms'
import { selectAccounts, type ListedAccount } from './accounts.store'

export interface People {
  people: { account: ListedAccount; firm: Firm | null }[]
  firms: Firm[]
}

/** Everyone who has an account, for the administrators who keep the list. */
export async function listPeople(db: Db): Promise<People> {
  const firms = await listFirms(db)
  const accounts = await selectAccounts(db)
  return {
    firms,
    people: accounts.map((account) => ({
      account,
      firm: firms.find(({ id }) => id === account.firm_id) ?? null,
    })),
  }
}
