import type { Lang } from '../matters/form-schema'
import type { BothTexts, Matter, MatterKind } from '../matters/matter-file'
import { translator } from '../web/languages'
import { stampIn, type Column } from './claim-columns'

/** What a batch holds and how to read it: inside the archive, and beside it in `batches.manifest`. */
export interface Manifest {
  format: 'joinder-batch'
  version: 1
  /** a further edition holds the same claims in a new file under a new passphrase */
  batch: { id: string; number: number; edition: number; requestedBy: string }
  /** `kind`: claims, or what members of the class of the case `of` file instead */
  matter: { slug: string; title: BothTexts; kind: MatterKind; of: string | null }
  firm: { slug: string; name: BothTexts }
  /** the same moment twice */
  madeAt: { utc: string; kst: string }
  claims: {
    rows: number
    /** claims that stopped being accepted while the batch was made */
    leftOut: number
    /** SHA-256, hex, over the claim numbers in row order, each followed by a line feed */
    numbersSha256: string
  }
  /** the papers that are signed in this matter, and rows that have them; null where nothing is signed */
  authority: { documents: string[]; authorised: number } | null
  file: {
    name: 'claims.csv'
    bytes: number
    /** hex */
    sha256: string
    encoding: string
    formulaGuard: string
    language: Lang
    columns: { id: string; label: BothTexts }[]
  }
  ledgerOrigin: string
}

export interface ManifestParts {
  batch: Manifest['batch']
  matter: Matter
  madeAt: Date
  claims: Manifest['claims']
  authority: Manifest['authority']
  csv: { bytes: number; sha256: string }
  columns: Column[]
  ledgerOrigin: string
}

export function manifestOf(parts: ManifestParts): Manifest {
  const { matter, madeAt } = parts
  return {
    format: 'joinder-batch',
    version: 1,
    batch: parts.batch,
    matter: {
      slug: matter.slug,
      title: matter.content.title,
      kind: matter.content.kind,
      of: matter.content.of ?? null,
    },
    firm: { slug: matter.firm.slug, name: matter.firm.content.name },
    madeAt: {
      utc: `${stampIn('UTC', madeAt)} (UTC)`,
      kst: `${stampIn('Asia/Seoul', madeAt)} (KST)`,
    },
    claims: parts.claims,
    authority: parts.authority,
    file: {
      name: 'claims.csv',
      ...parts.csv,
      encoding: 'UTF-8 with byte order mark, CRLF, every cell in double quotes (RFC 4180)',
      formulaGuard:
        'A cell that begins with = + - @ (also full width), a tab, a line break or an apostrophe has one more apostrophe in front; remove the first apostrophe of a cell to read it.',
      language: matter.content.language,
      columns: parts.columns.map(({ id, label }) => ({ id, label })),
    },
    ledgerOrigin: parts.ledgerOrigin,
  }
}

/** Stands in the archive unencrypted: whoever cannot open the rest learns with what they can. */
export function readMe(): string {
  const [ko, en] = [translator('ko'), translator('en')]
  const text = `${ko('batches:readMe')}\n\n----------\n\n${en('batches:readMe')}\n`
  // Old Windows editors want both.
  return `\ufeff${text.replaceAll('\n', '\r\n')}`
}
