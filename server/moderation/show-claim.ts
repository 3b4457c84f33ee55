import { findAuthorityFacts, type AuthorityFacts } from '../authority/authority-facts'
import { findStaffNeeds } from '../claims/needs/find-needs'
import { asActor, type Db, type Tx } from '../db/connections'
import { findHousehold, type Household } from '../households/find-household'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { findClaimForm, findMatterById, listOfCase } from '../matters/list-matters'
import type { ClaimForm, Matter } from '../matters/matter-file'
import type { Person } from '../web/person'
import { findNoticeFacts, type NoticeFacts } from '../notices/claim-notice'
import * as store from './moderation.store'

export interface ShownClaim {
  claim: store.ClaimRow
  matter: Matter
  /** the questions of the version that the claimant answered */
  form: ClaimForm
  /** names of members of staff */
  assignee: string | null
  /** whoever looks at the page has opened the claim since its review began */
  hasOpened: boolean
  decidedBy: string | null
  /** claims of what looks like the same person in the same matter, earliest first */
  similar: store.SimilarClaim[]
  /** of the same class action, with the matter that each was filed in */
  contradicting: { claim: store.ContradictingClaim; matter: Matter }[]
  /** the claims of one household that this is one of */
  household: Household | null
  mails: store.ClaimMail[]
  /** what it lacks or lacked, oldest first */
  needs: Awaited<ReturnType<typeof findStaffNeeds>>
  /** of its signed papers; null where nothing is signed, or the claim is not confirmed yet */
  authority: AuthorityFacts | null
  /** of the notice that was mailed to them */
  notice: NoticeFacts
  /** changes and openings, newest first */
  history: HistoryEntry[]
}

/** An entry of the ledger about a claim. */
export interface HistoryEntry {
  kind: store.EntryRow['kind']
  at: Date
  /** name of who did it, or of who asked the job for it; null when nobody of the staff did */
  person: string | null
  /** name of whom a review was taken over from */
  from: string | null
  /** ids, counts and reason codes; an opening by a job names it in `job` */
  facts: Record<string, unknown>
}

/**
 * Everything about a claim that is not what the claimant wrote: reads nothing sealed and is no opening.
 * `rows` is the most of history and of mails.
 * @throws Problem('not_found')
 */
export async function showClaim(
  db: Db,
  person: Person,
  claimId: string,
  rows: number,
): Promise<ShownClaim> {
  if (!isId(claimId)) throw new Problem('not_found')
  const read = await asActor(db, person.id, (tx) => readClaim(tx, person, claimId, rows))
  const { matter_id: matterId, form_version: version } = read.claim
  const matter = await findMatterById(db, matterId)
  const form = await findClaimForm(db, matterId, version)
  if (!matter || !form) throw new Error('a claim names a matter or a form that is not stored')
  const signs = matter.content.documents.length > 0
  const authority = signs
    ? await asActor(db, person.id, (tx) => findAuthorityFacts(tx, matter, [claimId]))
    : null
  const ofCase = read.contradicting.length > 0 ? await listOfCase(db, matter) : []
  const contradicting = read.contradicting.flatMap((claim) => {
    const its = ofCase.find(({ id }) => id === claim.matter_id)
    return its ? [{ claim, matter: its }] : []
  })
  return { ...read, contradicting, matter, form, authority: authority?.get(claimId) ?? null }
}

async function readClaim(tx: Tx, person: Person, claimId: string, rows: number) {
  const claim = await store.selectClaim(tx, { id: claimId })
  if (!claim) throw new Problem('not_found')
  const entries = await store.selectEntries(tx, claimId, rows)
  const openings = await store.selectOpenings(tx, claimId, rows)
  const history = [...entries, ...openings]
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .map((row) => ({ ...row, facts: JSON.parse(row.private) as Record<string, unknown> }))

  const whose = ({ facts }: (typeof history)[number]) => [
    facts['person'] ?? facts['requestedBy'],
    facts['from'],
  ]
  const ids = [claim.assigned_to, claim.decided_by, ...history.flatMap(whose)].filter(isId)
  const names = await store.selectNames(tx, [...new Set(ids)])
  const name = (id: unknown) => (isId(id) ? (names.get(id) ?? null) : null)
  return {
    claim,
    assignee: name(claim.assigned_to),
    hasOpened: await store.hasOpened(tx, claimId, person.id),
    decidedBy: name(claim.decided_by),
    similar: await store.selectSimilar(tx, claim, rows),
    contradicting: await store.selectContradicting(tx, claimId, rows),
    household: await findHousehold(tx, claimId, rows),
    mails: await store.selectMails(tx, claimId, rows),
    needs: await findStaffNeeds(tx, claimId),
    notice: await findNoticeFacts(tx, claimId, rows),
    history: history.map((entry): HistoryEntry => {
      const [who, from] = whose(entry)
      const { kind, at, facts } = entry
      return { kind, at, person: name(who), from: name(from), facts }
    }),
  }
}
