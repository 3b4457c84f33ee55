import { createHash } from 'node:crypto'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { canonicalJson } from '../ledger/canonical-json'
import type { Person } from '../web/person'
import * as store from './news.store'

interface Deps {
  db: Db
  clock: Clock
}

/**
 * Publishes news of a case, once for one id. The entry commits to what it says by the SHA-256 of its
 * RFC 8785 JSON. The database refuses matters that are not this person's.
 */
export async function postNews(
  { db, clock }: Deps,
  person: Person,
  news: { id: string; matterId: string; texts: store.NewsTexts },
): Promise<void> {
  const { id, matterId, texts } = news
  const now = clock.now()
  await asActor(db, person.id, async (tx) => {
    const written = await store.insertNews(tx, {
      id,
      ...texts,
      matter_id: matterId,
      posted_by: person.id,
      firm_id: person.firmId,
      published_at: now,
    })
    if (!written) return
    const sha256 = createHash('sha256')
      .update(canonicalJson({ ...texts }))
      .digest('hex')
    await appendEntry(tx, now, {
      kind: 'news.posted',
      private: { news: id, matterId, person: person.id, sha256 },
    })
  })
}

/**
 * Takes news back, for good: pages stop showing it, the record and its row stay.
 * @throws Problem('not_found')
 */
export async function withdrawNews({ db, clock }: Deps, person: Person, id: string): Promise<void> {
  if (!isId(id)) throw new Problem('not_found')
  const now = clock.now()
  await asActor(db, person.id, async (tx) => {
    const found = await store.withdraw(tx, id, { withdrawn_at: now, withdrawn_by: person.id })
    if (!found) throw new Problem('not_found')
    if (!found.withdrawn) return
    await appendEntry(tx, now, {
      kind: 'news.withdrawn',
      private: { news: id, matterId: found.matter_id, person: person.id },
    })
  })
}
