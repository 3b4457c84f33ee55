import type { Tx } from '../../db/connections'
import { listFirms } from '../../firms/list-firms'
import * as store from './access-worker.store'
import type { Act, BothNames, LookedCopy } from './copy-content'

/**
 * What the ledger knows of who did what with a claim, for its claimant: role and firm, never the name of
 * anybody of the staff. Reads nothing that is sealed, so it is no opening itself. `rows` is the most of acts.
 */
export async function findWhoLooked(
  tx: Tx,
  now: Date,
  claimId: string,
  rows: number,
): Promise<{ content: LookedCopy; openings: number }> {
  // Counted first: an opening that comes in between is then told of though it was not counted, and the
  // copy made once more; the other way round one could be missing for ever.
  const openings = await store.countOpenings(tx, claimId)
  const firms = new Map((await listFirms(tx)).map(({ id, content }) => [id, content.name]))
  const acts = [
    ...(await openingsByPeople(tx, claimId, rows + 1, firms)),
    ...(await deliveries(tx, claimId, rows + 1, firms)),
    ...(await emailActs(tx, claimId, rows + 1)),
  ].sort((a, b) => (a.at < b.at ? 1 : -1))
  const jobs = await store.selectOpeningsByJobs(tx, claimId)
  const content: LookedCopy = {
    madeAt: now.toISOString(),
    acts: acts.slice(0, rows),
    cut: acts.length > rows,
    jobs: jobs.map((job) => ({
      ...job,
      first: job.first.toISOString(),
      last: job.last.toISOString(),
    })),
    reviewStartedAt: (await store.selectReviewStart(tx, claimId))?.toISOString() ?? null,
    reason: await store.selectReason(tx, claimId),
  }
  return { content, openings }
}

type Firms = Map<string, BothNames>

async function openingsByPeople(
  tx: Tx,
  claimId: string,
  limit: number,
  firms: Firms,
): Promise<Act[]> {
  const found = (await store.selectOpeningsByPeople(tx, claimId, limit)).map((row) => ({
    at: row.at.toISOString(),
    facts: JSON.parse(row.private) as { person: string; purpose: string; reason?: string },
  }))
  const ids = [...new Set(found.map(({ facts }) => facts.person))]
  const roles = new Map((await store.selectRoles(tx, ids)).map((row) => [row.id, row]))
  return found.map(({ at, facts }) => {
    const { role = 'unknown', firm_id: firmId = null } = roles.get(facts.person) ?? {}
    const firm = firmId === null ? null : (firms.get(firmId) ?? null)
    const reason = facts.reason === undefined ? {} : { reason: facts.reason }
    return { kind: 'opened', at, role, firm, purpose: facts.purpose, ...reason }
  })
}

/** What staff did about the address: started it, approved it, and that it was changed. */
async function emailActs(tx: Tx, claimId: string, limit: number): Promise<Act[]> {
  const found = (await store.selectEmailActs(tx, claimId, limit)).map(
    ({ kind, at, private: facts }) => ({
      kind: emailKindOf[kind as keyof typeof emailKindOf],
      at: at.toISOString(),
      facts: JSON.parse(facts) as { person: string; why?: string; identified?: string },
    }),
  )
  const ids = [...new Set(found.map(({ facts }) => facts.person))]
  const roles = new Map((await store.selectRoles(tx, ids)).map((row) => [row.id, row.role]))
  return found.map(({ kind, at, facts }) => ({
    kind,
    at,
    role: roles.get(facts.person) ?? 'unknown',
    why: facts.why ?? null,
    identified: facts.identified ?? null,
  }))
}

const emailKindOf = {
  'claim.email_change_requested': 'email_requested',
  'claim.email_change_approved': 'email_approved',
  'claim.email_change_declined': 'email_declined',
  'claim.email_changed': 'email_changed',
} as const

/** Entries name the batch; which claims it holds is in `batch_claims`. */
async function deliveries(tx: Tx, claimId: string, limit: number, firms: Firms): Promise<Act[]> {
  const batches = await store.selectBatches(tx, claimId)
  const editions = new Map(batches.map((row) => [row.batch_id, row.edition]))
  const found = await store.selectBatchActs(tx, [...editions.keys()], limit)
  return found.flatMap((row): Act[] => {
    const facts = JSON.parse(row.private) as { batch: string; firm: string; edition?: number }
    // Made again without this claim, which was not accepted any more.
    if (facts.edition !== undefined && facts.edition > editions.get(facts.batch)!) return []
    const kind = kindOf[row.kind as keyof typeof kindOf]
    const firm = firms.get(facts.firm) ?? { ko: facts.firm, en: facts.firm }
    return [{ kind, at: row.at.toISOString(), firm }]
  })
}

const kindOf = {
  'batch.delivered': 'delivered',
  'batch.reissued': 'delivered_again',
  'batch.downloaded': 'downloaded',
} as const
