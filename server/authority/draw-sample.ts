import { createHash, hash } from 'node:crypto'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { isId, newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { appendEntry } from '../ledger/append-entry'
import { findFirstCheckpoint, type FirstCheckpoint } from '../ledger/first-checkpoint'
import { leafHash, merkleRoot } from '../ledger/tree/merkle-root'
import type { Matter } from '../matters/matter-file'
import type { Person } from '../web/person'
import * as store from './authority-staff.store'
import { authorityKey } from './fill-documents'
import * as samples from './samples.store'

export type { SampleRow } from './samples.store'

/**
 * Begins a sample: what was typed and the list that is drawn from are fixed, in one transaction with an entry
 * that commits to both. Which claims come out is decided by the first signed tree that holds this entry, so
 * nobody can try seeds until one pleases; whoever draws again leaves another draw in the list.
 * @returns the sample's id; null when there is no complete pack
 */
export async function drawSample(
  { db, clock }: { db: Db; clock: Clock },
  person: Person,
  matter: Matter,
  { seed, size }: { seed: string; size: number },
): Promise<string | null> {
  const now = clock.now()
  const key = authorityKey(matter)
  return asActor(db, person.id, async (tx) => {
    const numbers = await samples.selectComplete(tx, matter.id, key)
    if (numbers.length === 0) return null
    const id = newId(now.getTime())
    const entryId = await appendEntry(tx, now, {
      kind: 'authority.sampled',
      private: {
        person: person.id,
        matter: matter.slug,
        sample: id,
        seed: createHash('sha256').update(seed).digest('hex'),
        size,
        drawnFrom: numbers.length,
        root: merkleRoot(numbers.map((number) => leafHash(Buffer.from(number)))).toString('hex'),
      },
    })
    await samples.insertSample(tx, {
      id,
      matter_id: matter.id,
      seed,
      entry_id: entryId,
      size,
      key,
      numbers: numbers.join('\n'),
      drawn_from: numbers.length,
      drawn_by: person.id,
      drawn_at: now,
    })
    return id
  })
}

export interface Sample {
  sample: samples.SampleRow
  /** null until the draw's entry stands in a signed tree, a second or two */
  drawn: { by: FirstCheckpoint; numbers: string[]; rows: store.FactsRow[] } | null
  earlier: samples.SampleRow[]
}

/** A sample with its claims in the order drawn, and all that were drawn before it. @throws Problem('not_found') */
export async function findSample(
  db: Db,
  person: Person,
  matter: Matter,
  id: string,
): Promise<Sample> {
  return asActor(db, person.id, async (tx) => {
    const sample = isId(id) ? await samples.selectSample(tx, id) : undefined
    if (!sample || sample.matter_id !== matter.id) throw new Problem('not_found')
    const earlier = await samples.selectEarlierSamples(tx, sample)
    const by = await findFirstCheckpoint(tx, sample.entry_id)
    if (!by) return { sample, drawn: null, earlier }
    const numbers = drawnBy(sample.seed + by.root, sample.numbers.split('\n'), sample.size)
    const facts = new Map(
      (await store.selectFactsByNumber(tx, matter.id, numbers)).map((row) => [row.number, row]),
    )
    const rows = numbers.flatMap((number) => facts.get(number) ?? [])
    return { sample, drawn: { by, numbers, rows }, earlier }
  })
}

/** The list that a sample was drawn from, as a file: a claim number a line. @throws Problem('not_found') */
export async function findSampleList(
  db: Db,
  person: Person,
  matter: Matter,
  id: string,
): Promise<string> {
  return asActor(db, person.id, async (tx) => {
    const sample = isId(id) ? await samples.selectSample(tx, id) : undefined
    if (!sample || sample.matter_id !== matter.id) throw new Problem('not_found')
    return `${sample.numbers}\n`
  })
}

/** The first `size` numbers in the order of SHA-256(text ‖ number), both as UTF-8, in hex. */
export function drawnBy(text: string, numbers: readonly string[], size: number): string[] {
  return numbers
    .map((number) => ({ number, order: hash('sha256', `${text}${number}`) }))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, size)
    .map(({ number }) => number)
}
