import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import type { Limits } from '../limits'
import { listClaims, type QueueClaim } from '../moderation/list-queue'
import type { Vault } from '../vault/vault'
import type { Person } from '../web/person'
import { searchTable } from './ask-search'
import * as store from './search.store'

export type { SearchRow } from './search.store'

export interface FoundSearch {
  search: store.SearchRow
  /** whoever looks at it is who searched */
  own: boolean
  /** `over`: what it found is not shown any more */
  state: 'waiting' | 'found' | 'refused' | 'lapsed' | 'over'
  /** those found, masked, the newest first; only while they are shown, and to who searched */
  claims: QueueClaim[]
  /** more than are shown may have been found */
  cut: boolean
}

/**
 * A search and what came of it: to who searched, for some minutes, the claims as the queue shows them.
 * @throws Problem('not_found') when it is not theirs, and they do not oversee
 */
export async function findSearch(
  {
    db,
    clock,
    config,
  }: {
    db: Db
    clock: Clock
    config: { limits: Pick<Limits, 'searchShownMinutes' | 'searchClaims'> }
  },
  person: Person,
  id: string,
): Promise<FoundSearch> {
  if (!isId(id)) throw new Problem('not_found')
  const { searchShownMinutes, searchClaims } = config.limits
  const found = await asActor(db, person.id, async (tx) => {
    const search = await store.selectSearch(tx, id)
    if (!search) throw new Problem('not_found')
    const own = search.person_id === person.id
    const ids = own && search.entry_id !== null ? await store.selectFound(tx, search.entry_id) : []
    return { search, own, ids }
  })
  const { search, own, ids } = found
  const untilMs = (search.handled_at ?? search.asked_at).getTime() + searchShownMinutes * 60_000
  const over = clock.now().getTime() > untilMs
  const state =
    search.outcome === null
      ? 'waiting'
      : search.outcome !== 'answered'
        ? search.outcome
        : own && !over
          ? 'found'
          : 'over'
  return {
    search,
    own,
    state,
    claims: state === 'found' ? await listClaims(db, person, ids) : [],
    cut: (search.hits ?? 0) >= searchClaims,
  }
}

/**
 * Why somebody was looked for, in the words of who searched, on the record; null once it was destroyed.
 * @throws Problem('not_found')
 */
export async function readWhy(
  { db, vault }: { db: Db; vault: Pick<Vault, 'readReason'> },
  person: Person,
  id: string,
): Promise<string | null> {
  if (!isId(id)) throw new Problem('not_found')
  const why = await asActor(db, person.id, async (tx) => {
    if (!(await store.selectSearch(tx, id))) throw new Problem('not_found')
    return store.selectWhy(tx, id)
  })
  return why ? vault.readReason(searchTable, id, why, person.id) : null
}
