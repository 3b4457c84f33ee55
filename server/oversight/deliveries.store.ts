import type { Tx } from '../db/connections'
import type { Cursor } from '../web/cursor'

export const deliveryKinds = [
  'batch.requested',
  'batch.delivered',
  'batch.reissued',
  'batch.failed',
  'batch.downloaded',
  'recall.noted',
] as const
export type DeliveryKind = (typeof deliveryKinds)[number]

export interface DeliveryRow {
  id: string
  kind: DeliveryKind
  at: Date
  /** JSON */
  private: string
  name: string | null
  role: string | null
  batch_id: string | null
  batch_number: number | null
  matter_id: string | null
  firm_id: string | null
  claim_count: number | null
  claim_number: string | null
  claim_id: string | null
}

/** What became of deliveries, who downloaded them and who noted a recall, newest first. */
export async function selectDeliveries(
  tx: Tx,
  before: Cursor | null,
  limit: number,
): Promise<DeliveryRow[]> {
  // The kinds stand here as the index names them; the page is cut before anything is looked up.
  const { rows } = await tx.raw<{ rows: DeliveryRow[] }>(
    `with page as (
       select e.id, e.kind, e.at from ledger_entries e
       where e.kind in ('batch.requested', 'batch.delivered', 'batch.reissued', 'batch.failed',
           'batch.downloaded', 'recall.noted')
         and (e.at, e.id) < (cast(:at as timestamptz), cast(:id as uuid))
       order by e.at desc, e.id desc limit :limit
     )
     select g.id, g.kind, g.at, p.private, w.name, w.role, b.id as batch_id, b.number as batch_number,
       b.matter_id, coalesce(b.firm_id, w.firm_id) as firm_id, b.claim_count,
       c.number as claim_number, c.id as claim_id
     from page g
     join ledger_private p on p.entry_id = g.id
     left join people w on w.id = cast(p.private::jsonb ->> 'person' as uuid)
     left join batches b on b.id = cast(p.private::jsonb ->> 'batch' as uuid)
     left join claims c on c.id = p.claim_id
     order by g.at desc, g.id desc`,
    {
      at: before?.at ?? 'infinity',
      id: before?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      limit,
    },
  )
  return rows
}

/** Recalls that a firm has not noted, counted no further than `max`. */
export async function countOpenRecalls(tx: Tx, max: number): Promise<number> {
  const { rows } = await tx.raw<{ rows: { count: number }[] }>(
    `select count(*) as count from (select from recalls where noted_at is null limit ?) counted`,
    [max],
  )
  return rows[0]!.count
}
