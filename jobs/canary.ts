import type { Db } from '../server/db/connections'

/** The name of the job that only shows that its queue is being worked on. */
export const canaryName = 'canary'

/** Marks that a worker took a canary out of this queue now. */
export async function singCanary(db: Db, queue: string): Promise<void> {
  await db('effects')
    .insert({ key: `canary:${queue}`, done_at: db.fn.now() })
    .onConflict('key')
    .merge(['done_at'])
}

/** Milliseconds since a canary last came through, by queue; a queue that never had one is not there. */
export async function canaryAges(db: Db): Promise<Map<string, number>> {
  const rows = await db('effects')
    .where('key', 'like', 'canary:%')
    .select<{ key: string; age: number }[]>(
      'key',
      db.raw('cast(extract(epoch from now() - done_at) * 1000 as float8) as age'),
    )
  return new Map(rows.map(({ key, age }) => [key.slice('canary:'.length), age]))
}
