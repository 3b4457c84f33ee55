import { parseClaimNumber } from '../claims/claim-number'
import type { ClaimState } from '../claims/claim-state'
import { asActor, type Db, type Tx } from '../db/connections'
import { findHouseholdSizes } from '../households/find-household'
import { listMatters } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { readCursor, writeCursor } from '../web/cursor'
import type { Person } from '../web/person'
import { selectClaim, selectQueue, selectQueueRows, type QueueRow } from './moderation.store'

/**
 * What the queue can show. Claims that nobody confirmed are in none of them, so that a flood ends before
 * it; but those whose mail came back have nobody who could confirm them.
 */
const views = {
  waiting: { states: ['verified'], order: 'asc' },
  mine: { states: ['in_review'], order: 'asc', mine: true },
  in_review: { states: ['in_review'], order: 'asc' },
  deficient: { states: ['deficient'], order: 'asc' },
  overdue: { states: ['deficient'], order: 'asc', overdue: true },
  decided: { states: ['accepted', 'rejected'], order: 'desc' },
  bounced: { states: ['unverified'], order: 'asc', bounced: true },
} as const satisfies Record<string, View>

interface View {
  states: readonly ClaimState[]
  order: 'asc' | 'desc'
  /** only claims of the person who asks */
  mine?: true
  /** only claims whose newest mail came back */
  bounced?: true
  /** only claims that were asked for something which did not come in time */
  overdue?: true
}

export type QueueView = keyof typeof views
export const queueViews = Object.keys(views) as QueueView[]

export interface QueueQuery {
  view: QueueView
  /** slug; one that is unknown filters nothing */
  matter?: string | undefined
  /** only claims that lack something required, or nothing; anything else asks for both */
  complete?: string | undefined
  /** the `after` or `before` of the page that was seen; what cannot be read asks for the first page */
  after?: string | undefined
  before?: string | undefined
}

/** A claim as the queue shows it: nothing of what was sent. */
export interface QueueClaim {
  claim: QueueRow
  matter: Matter
  /** how many of one household file in the matter; 0 for whoever is alone */
  household: number
}

export interface Queue {
  matters: Matter[]
  /** the matter that the queue is narrowed to */
  matter: Matter | null
  claims: QueueClaim[]
  /** ask for the pages on either side of this one, where there are any */
  after: string | null
  before: string | null
}

/**
 * A page of claims in the order people filed them: the oldest first while they wait, the newest first
 * once decided.
 */
export async function listQueue(
  db: Db,
  person: Person,
  query: QueueQuery,
  { pageSize, now }: { pageSize: number; now: Date },
): Promise<Queue> {
  const matters = await listMatters(db)
  const matter = matters.find(({ slug }) => slug === query.matter) ?? null
  const { states, order, mine, bounced, overdue }: View = views[query.view]
  const after = readCursor(query.after)
  const before = after ? null : readCursor(query.before)
  const byId = new Map(matters.map((one) => [one.id, one]))
  const { rows, shown } = await asActor(db, person.id, async (tx) => {
    const rows = await selectQueue(tx, {
      states,
      order: before ? opposite[order] : order,
      assignedTo: mine ? person.id : undefined,
      bounced: bounced ?? false,
      overdueAt: overdue ? now : undefined,
      incomplete: incompleteOf[query.complete ?? ''],
      matterId: matter?.id,
      behind: after ?? before,
      limit: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)
    return { rows, shown: await withHouseholds(tx, before ? page.reverse() : page, byId) }
  })
  const more = rows.length > pageSize
  return {
    matters,
    matter,
    claims: shown,
    after: before !== null || more ? cursorOf(shown.at(-1)?.claim) : null,
    before: after !== null || (before !== null && more) ? cursorOf(shown[0]?.claim) : null,
  }
}

async function withHouseholds(
  tx: Tx,
  rows: QueueRow[],
  matters: Map<string, Matter>,
): Promise<QueueClaim[]> {
  const ids = rows.map(({ id }) => id)
  const sizes = await findHouseholdSizes(tx, ids)
  return rows.map((claim) => ({
    claim,
    matter: matters.get(claim.matter_id)!,
    household: sizes.get(claim.id) ?? 0,
  }))
}

/** These claims as the queue shows them, the newest first. */
export async function listClaims(db: Db, person: Person, ids: string[]): Promise<QueueClaim[]> {
  if (ids.length === 0) return []
  const matters = await listMatters(db)
  const byId = new Map(matters.map((one) => [one.id, one]))
  return asActor(db, person.id, async (tx) => {
    const rows = await selectQueueRows(tx, ids)
    return withHouseholds(tx, rows, byId)
  })
}

/** The id of the claim whose number somebody typed or read out, or null. */
export async function findByNumber(db: Db, person: Person, typed: string): Promise<string | null> {
  const number = parseClaimNumber(typed)
  if (number === null) return null
  const claim = await asActor(db, person.id, (tx) => selectClaim(tx, { number }))
  return claim?.id ?? null
}

const incompleteOf: Record<string, boolean> = { yes: false, no: true }

const opposite = { asc: 'desc', desc: 'asc' } as const

function cursorOf(claim: QueueRow | undefined): string | null {
  return claim ? writeCursor({ at: claim.filed_at, id: claim.id }) : null
}
