import type { ClaimContent } from '../claims/claim-content'
import type { PreparedPack } from '../authority/prepare-pack'
import type { DraftHousehold } from '../households/household'
import { prepareEntry, type PreparedEntry } from '../ledger/append-entry'
import type { Matter } from '../matters/matter-file'
import type { SealedRecord } from '../vault/sealer'

/**
 * The entry of a filing, which the claimant's receipt opens: the claim's number, what was consented to,
 * and the SHA-256 of the sealed answers; of what was signed, both of what is sealed and of what was shown.
 */
export function prepareFiling(
  now: Date,
  filing: {
    claimId: string
    number: string
    matter: Matter
    content: Pick<ClaimContent, 'consents' | 'signature'>
    record: SealedRecord
    pack: PreparedPack | null
    household?: DraftHousehold | undefined
  },
): PreparedEntry {
  const { claimId, number, matter, content, record, pack, household } = filing
  return prepareEntry(now, {
    kind: 'claim.filed',
    claimId,
    matter: matter.slug,
    private: {
      number,
      matter: matter.id,
      form: matter.form.version,
      version: 1,
      record: record.sha256.toString('hex'),
      consents: content.consents
        .filter(({ given }) => given)
        .map(({ id, version }) => `${id}@${version}`)
        .join(','),
      statement: content.signature.statementVersion,
      firm: matter.firm.id,
      ...(pack && {
        pack: pack.id,
        documents: pack.documents,
        document: pack.documentSha256.toString('hex'),
        packRecord: pack.record.sha256.toString('hex'),
      }),
      ...(household && {
        household: household.id,
        householdRole: household.role,
        ...(household.how && { householdHow: household.how }),
      }),
    },
  })
}
