import type { Db, Tx } from '../../db/connections'
import { findKeptReceipt } from '../../ledger/receipts/kept-receipt'
import type { ClaimForm } from '../../matters/form-schema'
import { findMatterById } from '../../matters/list-matters'
import type { ClaimContent } from '../claim-content'
import { personOf } from '../person-of'
import type { ClaimCopy } from './copy-content'
import { emailHint, nameHint } from './name-hints'

/** What only reading a claim tells of it, as far as its person's page shows it. */
export async function claimCopyOf(
  db: Db | Tx,
  claim: { id: string; number: string; matter_id: string },
  form: ClaimForm,
  content: ClaimContent,
): Promise<ClaimCopy> {
  const matter = await findMatterById(db, claim.matter_id)
  if (!matter) throw new Error('a claim names a matter that is not stored')
  const person = personOf(form, content)
  const optional = matter.content.consents.filter(({ required }) => !required).map(({ id }) => id)
  return {
    id: claim.id,
    number: claim.number,
    matter: matter.slug,
    name: nameHint(person.name),
    email: emailHint(person.email),
    receipt: await findKeptReceipt(db, claim.id),
    consents: content.consents
      .filter(({ id, given }) => given && optional.includes(id))
      .map(({ id }) => id),
  }
}
