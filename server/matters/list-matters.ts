import type { Db, Tx } from '../db/connections'
import { isId } from '../kernel/ids'
import { claimForm, slug as slugShape, type ClaimForm } from './form-schema'
import { firmFile, incidentFile, matterContent, matterKinds, type Matter } from './matter-file'
import {
  selectClaimForm,
  selectMatterVersions,
  selectMatters,
  type MatterRow,
  type MatterVersionRow,
} from './matters.store'

export interface IncidentWithMatters {
  incident: Matter['incident']
  matters: Matter[]
}

/**
 * Parsed matters of a pool, by id. A matter is some 40 kB of text that hardly changes, so each read asks
 * only for the versions of the rows and parses what changed: never stale, and as large as the number of
 * matters.
 */
const parsed = new WeakMap<object, Map<string, { version: string; matter: Matter }>>()

/** Every matter, by incident (as the files order them), Korean before American, open before closed. */
export async function listMatters(db: Db | Tx): Promise<Matter[]> {
  return (await read(db, await selectMatterVersions(db))).sort(inOrder)
}

/** The same without what is filed beside a claim: what people choose a case from. */
export async function listCases(db: Db | Tx): Promise<Matter[]> {
  return (await listMatters(db)).filter(({ content }) => content.kind === 'claim')
}

/** Matters under the incidents that they are about, in their order. */
export function byIncident(matters: readonly Matter[]): IncidentWithMatters[] {
  const groups = new Map<string, IncidentWithMatters>()
  for (const matter of matters) {
    const group = groups.get(matter.incident.id) ?? { incident: matter.incident, matters: [] }
    group.matters.push(matter)
    groups.set(matter.incident.id, group)
  }
  return [...groups.values()]
}

/** A case and everything that can be filed in it: the case, requests to be excluded, objections. */
export async function listOfCase(db: Db | Tx, matter: Matter): Promise<Matter[]> {
  const of = matter.content.of ?? matter.slug
  const inCase = (await listMatters(db)).filter(
    ({ slug, content }) => slug === of || content.of === of,
  )
  const place = ({ content }: Matter) => matterKinds.indexOf(content.kind)
  return inCase.sort((a, b) => place(a) - place(b))
}

/** The matter of that slug, or null; slugs come from URLs. */
export async function findMatter(db: Db | Tx, slug: string): Promise<Matter | null> {
  if (!slugShape.safeParse(slug).success) return null
  return first(await read(db, await selectMatterVersions(db, { slug })))
}

/** The matter of that id, or null. */
export async function findMatterById(db: Db | Tx, id: string): Promise<Matter | null> {
  if (!isId(id)) return null
  return first(await read(db, await selectMatterVersions(db, { id })))
}

/** The form that a claim was filed with, or null. */
export async function findClaimForm(
  db: Db | Tx,
  matterId: string,
  version: number,
): Promise<ClaimForm | null> {
  const content = await selectClaimForm(db, matterId, version)
  return content === undefined ? null : claimForm.parse(content)
}

async function read(db: Db | Tx, versions: MatterVersionRow[]): Promise<Matter[]> {
  const known = parsed.get(db) ?? new Map<string, { version: string; matter: Matter }>()
  parsed.set(db, known)
  const changed = versions.filter((row) => known.get(row.id)?.version !== row.row_version)
  if (changed.length > 0) {
    const ids = changed.map((row) => row.id)
    for (const row of await selectMatters(db, ids)) {
      known.set(row.id, { version: row.row_version, matter: toMatter(row) })
    }
  }
  return versions.flatMap((row) => known.get(row.id)?.matter ?? [])
}

function toMatter(row: MatterRow): Matter {
  return {
    id: row.id,
    slug: row.slug,
    jurisdiction: row.jurisdiction,
    regime: row.regime,
    state: row.state,
    incident: {
      id: row.incident_id,
      slug: row.incident_slug,
      content: incidentFile.parse(row.incident_content),
    },
    firm: { id: row.firm_id, slug: row.firm_slug, content: firmFile.parse(row.firm_content) },
    content: matterContent.parse(row.content),
    form: claimForm.parse(row.form),
  }
}

function inOrder(a: Matter, b: Matter): number {
  return (
    a.incident.content.order - b.incident.content.order ||
    compare(a.incident.slug, b.incident.slug) ||
    compare(a.jurisdiction, b.jurisdiction) ||
    compare(b.state, a.state) ||
    compare(a.slug, b.slug)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function first(matters: Matter[]): Matter | null {
  return matters[0] ?? null
}
