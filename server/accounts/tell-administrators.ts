import type { Tx } from '../db/connections'
import { queueMail } from '../mail/queue-mail'
import type { PersonTemplate } from '../mail/templates'
import { selectAdministrators } from './accounts.store'

/** Queues a mail to every active administrator (but this one), in the transaction of what it tells about. */
export async function tellAdministrators(
  tx: Tx,
  mail: { template: PersonTemplate; subjectId: string; at: Date },
  { but }: { but?: string } = {},
): Promise<void> {
  for (const { id, language } of await selectAdministrators(tx)) {
    if (id === but) continue
    await queueMail(tx, { ...mail, personId: id, language })
  }
}
