import { asActor, type Db } from '../../db/connections'
import type { Clock } from '../../kernel/clock'
import { isId } from '../../kernel/ids'
import { Problem } from '../../kernel/problem'
import { appendEntry } from '../../ledger/append-entry'
import { lockAccount } from '../accounts.store'
import { tellOfFactors } from './enrol-factor'
import { deletePasskey, deleteTotp } from './factors.store'
import { countFactors } from './list-factors'

/**
 * Removes one's authenticator app or one of one's passkeys, and mails about it.
 * @throws Problem('conflict') for the last one, without which there is no way in; Problem('not_found')
 */
export async function removeFactor(
  { db, clock }: { db: Db; clock: Clock },
  personId: string,
  which: { kind: 'totp' } | { kind: 'passkey'; id: string },
): Promise<void> {
  if (which.kind === 'passkey' && !isId(which.id)) throw new Problem('not_found')
  await asActor(db, personId, async (tx) => {
    const now = clock.now()
    const account = await lockAccount(tx, personId)
    if (account?.state !== 'active') throw new Problem('not_allowed')
    if ((await countFactors(tx, personId)) < 2) throw new Problem('conflict')
    const removed =
      which.kind === 'totp'
        ? await deleteTotp(tx, personId)
        : await deletePasskey(tx, personId, which.id)
    if (removed === 0) throw new Problem('not_found')
    await appendEntry(tx, now, {
      kind: 'person.factor_removed',
      private: { person: personId, factor: which.kind },
    })
    await tellOfFactors(tx, account, now)
  })
}
