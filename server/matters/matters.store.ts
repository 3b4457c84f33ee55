import type { Db, Tx } from '../db/connections'

/** The tables of this feature: incidents, firms, matters, claim_forms. Contents are jsonb, unparsed here. */

export interface MatterVersionRow {
  id: string
  /** Changes whenever the matter, its incident, its firm or its state does. */
  row_version: string
}

export interface MatterRow extends MatterVersionRow {
  slug: string
  jurisdiction: 'KR' | 'US'
  regime: 'joinder' | 'mediation' | 'class'
  state: 'open' | 'closed'
  content: unknown
  form: unknown
  incident_id: string
  incident_slug: string
  incident_content: unknown
  firm_id: string
  firm_slug: string
  firm_content: unknown
}

// xmin is the transaction that wrote the row: cheap to read, and different after every change.
const rowVersion = `m.xmin::text || ':' || i.xmin::text || ':' || f.xmin::text as row_version`
const joined = `matters m
  join incidents i on i.id = m.incident_id
  join firms f on f.id = m.firm_id`

export async function selectMatterVersions(
  db: Db | Tx,
  where: { slug?: string; id?: string } = {},
): Promise<MatterVersionRow[]> {
  const statement = db.raw<{ rows: MatterVersionRow[] }>(
    `select m.id, ${rowVersion} from ${joined}
     where (cast(? as text) is null or m.slug = ?) and (cast(? as uuid) is null or m.id = ?)`,
    [where.slug ?? null, where.slug ?? null, where.id ?? null, where.id ?? null],
  )
  // Asked by almost every page: named, so that each connection plans it once.
  const result = await statement.options({ name: 'matter-versions' })
  return result.rows
}

export async function selectMatters(db: Db | Tx, ids: string[]): Promise<MatterRow[]> {
  const result = await db.raw<{ rows: MatterRow[] }>(
    `select m.id, m.slug, m.jurisdiction, m.regime, m.state, m.content, ${rowVersion},
            c.content as form,
            i.id as incident_id, i.slug as incident_slug, i.content as incident_content,
            f.id as firm_id, f.slug as firm_slug, f.content as firm_content
     from ${joined}
     join claim_forms c on c.matter_id = m.id and c.version = m.form_version
     where m.id = any(?)`,
    [ids],
  )
  return result.rows
}

export async function selectClaimForm(
  db: Db | Tx,
  matterId: string,
  version: number,
): Promise<unknown> {
  const row = await db('claim_forms')
    .where({ matter_id: matterId, version })
    .first<{ content: unknown } | undefined>('content')
  return row?.content
}

/** Inserts or, only where something differs, updates; gives the id. */
export async function upsertNamed(
  tx: Tx,
  table: 'incidents' | 'firms',
  row: { id: string; slug: string; content: object },
): Promise<string> {
  await tx.raw(
    `insert into ?? (id, slug, content) values (?, ?, ?)
     on conflict (slug) do update set content = excluded.content
     where ??.content is distinct from excluded.content`,
    [table, row.id, row.slug, JSON.stringify(row.content), table],
  )
  return idOf(tx, table, row.slug)
}

export interface StoredMatter {
  id: string
  form_version: number
  content: unknown
}

export async function selectStoredMatter(tx: Tx, slug: string): Promise<StoredMatter | undefined> {
  return tx('matters')
    .where({ slug })
    .first<StoredMatter | undefined>('id', 'form_version', 'content')
}

export async function upsertMatter(
  tx: Tx,
  row: {
    id: string
    slug: string
    incident_id: string
    firm_id: string
    jurisdiction: string
    regime: string
    state: string
    form_version: number
    content: object
  },
): Promise<string> {
  const values = { ...row, content: JSON.stringify(row.content) }
  await tx('matters')
    .insert(values)
    .onConflict('slug')
    .merge(['incident_id', 'firm_id', 'jurisdiction', 'regime', 'state', 'form_version', 'content'])
    .whereRaw(
      `(matters.incident_id, matters.firm_id, matters.jurisdiction, matters.regime, matters.state,
        matters.form_version, matters.content) is distinct from
       (excluded.incident_id, excluded.firm_id, excluded.jurisdiction, excluded.regime, excluded.state,
        excluded.form_version, excluded.content)`,
    )
  return idOf(tx, 'matters', row.slug)
}

export async function insertClaimForm(
  tx: Tx,
  row: { matter_id: string; version: number; content: object },
): Promise<void> {
  await tx('claim_forms')
    .insert({ ...row, content: JSON.stringify(row.content) })
    .onConflict(['matter_id', 'version'])
    .ignore()
}

async function idOf(tx: Tx, table: string, slug: string): Promise<string> {
  const row = await tx(table).where({ slug }).first<{ id: string } | undefined>('id')
  if (!row) throw new Error(`no row in ${table} after an upsert`)
  return row.id
}
