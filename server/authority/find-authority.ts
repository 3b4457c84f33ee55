import type { Db } from '../db/connections'
import type { Matter } from '../matters/matter-file'
import * as store from './authority.store'
import { documentsKey } from './fill-documents'
import { consentsOnly } from './pack-content'

/**
 * How far the signed papers of a claim are, for the documents and the firm of today. `waiting`: signed, not
 * confirmed; `guardian`: the guardian has not signed yet; `sign`: something has to be signed (again), because
 * nothing was, or documents or firm are others now; `none`: nothing is asked for.
 */
export type AuthorityState = 'none' | 'complete' | 'waiting' | 'guardian' | 'sign'

/** The same rule as `settle_authority` in migrations/0012, which counts. */
export async function findAuthority(
  db: Db,
  claim: { id: string; firm_id: string },
  matter: Matter,
): Promise<AuthorityState> {
  const documents = documentsKey(matter)
  if (documents === '' && claim.firm_id === matter.firm.id) return 'none'
  const packs = (await store.selectPacks(db, claim.id)).filter(
    (pack) => pack.firm_id === matter.firm.id && pack.documents === (documents || consentsOnly),
  )
  const own = packs.find(({ signer }) => signer === 'claimant')
  if (!own) return 'sign'
  if (own.confirmed_at === null) return 'waiting'
  const theirs = packs.find(({ signer, confirmed_at: at }) => signer === 'guardian' && at !== null)
  return own.needs_guardian && !theirs ? 'guardian' : 'complete'
}

/** What the page of a claim says about its papers; null where there is nothing to say. */
export async function ownPapersCard(
  { db }: { db: Db },
  claim: { id: string; number: string; firm_id: string; state: string },
  matter: Matter,
): Promise<{ state: AuthorityState; href: string; sign: string | null } | null> {
  const state = await findAuthority(db, claim, matter)
  const over = ['expired', 'withdrawn', 'erased'].includes(claim.state)
  const had = state !== 'none' || (await store.selectPacks(db, claim.id)).length > 0
  if (!had) return null
  const href = `/claims/mine/${claim.number}/papers`
  const sign = state === 'sign' && !over ? `/claims/mine/${claim.number}/sign` : null
  return { state, href, sign }
}
