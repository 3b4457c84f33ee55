import type { Tx } from '../db/connections'
import { newId } from '../kernel/ids'
import { addIntent } from '../outbox/add-intent'
import type { ClaimantTemplate, MailboxTemplate, PersonTemplate, WriterTemplate } from './templates'

interface MailBase {
  /** What the mail is about; see templates.ts for what each one names. */
  subjectId?: string
  language: 'ko' | 'en'
  at: Date
}

/** A mail to a claimant (about their claim), to another mailbox of theirs, to whoever writes a draft, or to a person who signs in on the staff surface. */
export type NewMail =
  | (MailBase & { template: ClaimantTemplate; claimId: string })
  | (MailBase & { template: MailboxTemplate; claimId: string; subjectId: string })
  | (MailBase & { template: WriterTemplate; subjectId: string })
  | (MailBase & { template: PersonTemplate; personId: string })

/**
 * Queues a mail in the transaction of the change it tells about. The row holds no address: the worker
 * reads it from the sealed record, what is sealed in the subject, or the account, when it sends.
 * @returns the id of the mail
 */
export async function queueMail(tx: Tx, mail: NewMail): Promise<string> {
  const id = newId(mail.at.getTime())
  await tx('mails').insert({
    id,
    template: mail.template,
    claim_id: 'claimId' in mail ? mail.claimId : null,
    person_id: 'personId' in mail ? mail.personId : null,
    subject_id: mail.subjectId ?? null,
    language: mail.language,
    created_at: mail.at,
  })
  await addIntent(tx, 'send-mail', { mailId: id })
  return id
}
